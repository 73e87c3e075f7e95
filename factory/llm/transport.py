"""One HTTP exchange, and what each way it can end means.

aiohttp directly: the `openai` package's own layers cost five times the CPU of the request
(docs/decisions.md). Paths, payloads, `OPENAI_API_KEY` and error bodies are as that package has
them.
"""

from __future__ import annotations

import email.utils
import json
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from factory.llm.errors import (
    EndpointUnusable,
    Malformed,
    RequestRefused,
    ServerFailed,
    Throttled,
    Unreachable,
)
from factory.llm.settings import EndpointSettings

CONNECT_SECONDS = 10.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_RETRIED = {408, 409, 425}
_BUSY = {429, 503, 529}
_NO_MONEY = {"insufficient_quota", "billing_hard_limit_reached"}
_TOO_LONG = ("context length", "context_length", "maximum context", "exceeds the available context")


class Transport:
    """A worker process's connections. Belongs to the event loop it is first used on."""

    def __init__(self, max_answer_bytes: int) -> None:
        self.max_answer_bytes = max_answer_bytes
        self._session: aiohttp.ClientSession | None = None
        self._keeper: AsyncGenerator[None, None] | None = None
        self._headers: dict[str, dict[str, str]] = {}

    async def post(
        self, endpoint: EndpointSettings, path: str, body: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The JSON object that the endpoint answers. Raises Retryable, RequestRefused,
        EndpointUnusable; the time limit is the caller's."""
        url = endpoint.url + path
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            async with self._open(endpoint).post(
                url, data=data, headers=self._headers_of(endpoint), allow_redirects=False
            ) as response:
                content = await self._read(response)
        except aiohttp.InvalidURL as error:
            raise EndpointUnusable(f"{url}: not a URL") from error
        except aiohttp.ClientPayloadError as error:
            raise Unreachable(f"{url}: the answer broke off") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{url}: {error or type(error).__name__}") from error
        if response.status == 200:
            return _json_object(url, content)
        raise failure(url, response.status, response.headers, content, endpoint)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _until_loop_ends(self) -> AsyncGenerator[None, None]:
        """A loop that ends in order, as `asyncio.run`'s does, closes its generators: hang up then,
        if nobody has."""
        try:
            yield
        finally:
            await self.close()

    def _open(self, endpoint: EndpointSettings) -> aiohttp.ClientSession:
        if self._session is None:
            proxied = any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy"))
            local = urlsplit(endpoint.url).hostname in LOOPBACK
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=proxied and not local,
            )
            self._keeper = self._until_loop_ends()
            with suppress(StopIteration):
                self._keeper.__anext__().send(None)  # to its `yield`
        return self._session

    def _headers_of(self, endpoint: EndpointSettings) -> dict[str, str]:
        found = self._headers.get(endpoint.url)
        if found is None:
            found = {"Content-Type": "application/json", "Accept": "application/json"}
            key = os.environ.get(endpoint.key, "")
            if key:
                found["Authorization"] = f"Bearer {key}"
            self._headers[endpoint.url] = found
        return found

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body; Malformed as soon as it is known to be too large."""
        limit = self.max_answer_bytes
        length = response.content_length
        if length is not None and length <= limit:
            return await response.read()
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_any():
            size += len(part)
            if size > limit or (length or 0) > limit:
                response.close()
                raise Malformed(f"{response.url}: an answer of over {limit} bytes")
            parts.append(part)
        return b"".join(parts)


def _json_object(url: str, content: bytes) -> dict[str, Any]:
    try:
        found: Any = json.loads(content)
    except ValueError:
        start = content[:60].decode("utf-8", "replace")
        raise Malformed(f"{url}: not JSON: {start!r}" if content else f"{url}: empty") from None
    if not isinstance(found, dict):
        raise Malformed(f"{url}: not a JSON object")
    if b"\\ud" in content:
        found = without_surrogates(found)
    if "error" in found and "choices" not in found and found["error"]:
        raise ServerFailed(f"{url}: {_message(found)}")
    return dict(found)


def without_surrogates(value: Any) -> Any:
    """The value with halves of surrogate pairs, which no UTF-8 file can hold, made U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_surrogates(item) for item in value]
    return value


def failure(
    url: str, status: int, headers: Mapping[str, str], content: bytes, endpoint: EndpointSettings
) -> Exception:
    """The error that a status other than 200 means."""
    body = _parsed(content)
    detail = f"{url}: {status} {_message(body) or content[:200].decode('utf-8', 'replace')}".strip()
    wait = retry_after(headers, time.time())
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if status in (401, 403):
        return EndpointUnusable(f"{detail} (the key is read from ${endpoint.key})")
    if status in (402, 404, 405) or 300 <= status < 400 or code in _NO_MONEY:
        return EndpointUnusable(detail)
    if status in _BUSY:
        return Throttled(detail, wait)
    if status >= 500 and "validation error" in detail.lower():
        return RequestRefused("llm_refused", detail)  # a bad request under another name
    if status in _RETRIED or status >= 500:
        return ServerFailed(detail, wait)
    if any(phrase in detail.lower() for phrase in _TOO_LONG):
        return RequestRefused("llm_context_too_long", detail)
    return RequestRefused("llm_refused", detail)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that `Retry-After` (seconds or a date) or `retry-after-ms` asks to wait."""
    milliseconds = headers.get("retry-after-ms")
    if milliseconds is not None and milliseconds.replace(".", "", 1).isdigit():
        return float(milliseconds) / 1000
    text = headers.get("Retry-After")
    if text is None:
        return None
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - now)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _message(body: Mapping[str, Any]) -> str:
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message", ""))[:400]
    return str(error or body.get("detail") or body.get("message") or "")[:400]
