"""Requests through an endpoint's batch API: files up, wait, files down (OpenAI's `/batches`).

What is asked gathers until nothing more comes, goes as one batch, and is answered when the batch
ends; lines that failed go with the next one. A note of each batch lies beside the journal before
the batch exists, so that a killed run finds its batch again and nothing is paid for twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import openai

from factory.llm.adapt import as_answered, as_sent
from factory.llm.answer import read_answer
from factory.llm.endpoints import Endpoint
from factory.llm.errors import EndpointUnusable, Malformed, ModelFailed, Retryable, ServerFailed
from factory.llm.request import Answer, Request, Tag
from factory.llm.settings import BatchSettings, ModelSettings
from factory.llm.transport import failure
from factory.shards import storage
from factory.stage import RunStopped

TAG = "k2_data_factory"
"""Key of a batch's metadata under which its note's name stands."""
ENDED = ("completed", "expired", "cancelled", "failed")
CLIENT_RETRIES = 5
log = logging.getLogger(__name__)

Keep = Callable[[Request, Answer, Tag], Awaitable[None]]
Outcome = Answer | Exception


@dataclass
class Batch:
    """What is asked together: by key, each request and for whom."""

    name: str
    asked: dict[str, tuple[Request, Tag]]
    id: str = ""
    """The endpoint's name of it, once it exists."""
    adopted: bool = False
    """Whether an earlier process began it."""

    def note(self, url: str) -> bytes:
        """All that another process needs to take the batch over."""
        asked = [
            {"payload": request.payload, "sample": request.sample, "tag": vars(tag)}
            for request, tag in self.asked.values()
        ]
        body = {"batch": self.id, "url": url, "model": _model(self), "asked": asked}
        return json.dumps(body, ensure_ascii=False).encode()


def _model(batch: Batch) -> list[str]:
    request = next(iter(batch.asked.values()))[0]
    return [request.model, request.revision]


@dataclass
class _Asked:
    request: Request
    tag: Tag
    answer: asyncio.Future[Answer]
    failures: list[str] = field(default_factory=list)


class Batches:
    """The batches of one model at its first endpoint. `keep` makes an answer durable."""

    def __init__(
        self, model: ModelSettings, endpoint: Endpoint, folder: str, keep: Keep, attempts: int
    ) -> None:
        assert model.batch is not None
        self.model = model
        self.settings: BatchSettings = model.batch
        self.endpoint = endpoint
        self.folder = folder
        self.keep = keep
        self.attempts = attempts
        self._asked: dict[str, _Asked] = {}
        self._queue: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._adopted = False
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.settings.url,
            api_key=os.environ.get(endpoint.settings.key) or "none",
            max_retries=CLIENT_RETRIES,
        )

    async def answer(self, request: Request, tag: Tag, deadline: float) -> Answer:
        """The answer, already kept.

        Raises ModelFailed, at the latest at `deadline` (loop time), and RunStopped.
        """
        if not self._adopted:
            self._adopted = True
            for batch in self._notes():
                self._start(batch)
        asked = self._asked.get(request.key)
        if asked is None:
            asked = self._expect(request, tag)
            self._enqueue(request.key)
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(asked.answer)
        except TimeoutError:
            raise ModelFailed("llm_deadline", "its batch has not ended") from None

    def _expect(self, request: Request, tag: Tag) -> _Asked:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_seen)
        self._asked[request.key] = _Asked(request, tag, future)
        return self._asked[request.key]

    def _enqueue(self, key: str) -> None:
        """Let a request go with the next batch, which goes when it is full or nothing follows."""
        self._queue.append(key)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if len(self._queue) >= self.settings.max_requests:
            self._flush()
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.settings.linger_seconds, self._flush)

    def _flush(self) -> None:
        keys, self._queue = self._queue, []
        if keys:
            asked = {key: (self._asked[key].request, self._asked[key].tag) for key in keys}
            self._start(Batch(uuid.uuid4().hex, asked))

    # --- one batch --------------------------------------------------------------------------------

    def _start(self, batch: Batch) -> None:
        for key, (request, tag) in batch.asked.items():
            if key not in self._asked:
                self._expect(request, tag)
        task = asyncio.create_task(self._run(batch))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, batch: Batch) -> None:
        """Submit (or find again), wait, hand out. A failure is every asker's failure."""
        try:
            batch.id = batch.id or await self._find(batch)
            if not batch.id:
                await self._submit(batch)
            outcomes = await self._outcomes(batch)
            for key, (request, tag) in batch.asked.items():
                await self._settle(key, request, tag, outcomes.get(key))
            _remove(self._note_path(batch))
        except Exception as error:
            stop = error if isinstance(error, RunStopped) else _unusable(self._client, error)
            for key in batch.asked:
                asked = self._asked.pop(key, None)
                if asked is not None and not asked.answer.done():
                    asked.answer.set_exception(stop)

    async def _submit(self, batch: Batch) -> None:
        url = self.endpoint.settings.url
        storage.publish(self._note_path(batch), batch.note(url))
        lines = [
            json.dumps(
                {
                    "custom_id": key,
                    "method": "POST",
                    "url": "/v1/chat/completions",
                    "body": as_sent(request, self.model, self.endpoint.profile, self._failed(key)),
                },
                ensure_ascii=False,
            )
            for key, (request, _) in batch.asked.items()
        ]
        file = await self._client.files.create(
            file=(f"{batch.name}.jsonl", "\n".join(lines).encode() + b"\n"), purpose="batch"
        )
        made = await self._client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window=self.settings.window,  # type: ignore[arg-type]
            metadata={TAG: batch.name},
        )
        batch.id = made.id
        storage.publish(self._note_path(batch), batch.note(url))

    async def _find(self, batch: Batch) -> str:
        """The id of an adopted batch whose process died before it could note it; else empty."""
        if batch.adopted:
            async for one in self._client.batches.list(limit=100):
                if (one.metadata or {}).get(TAG) == batch.name:
                    return one.id
        return ""

    def _failed(self, key: str) -> int:
        return len(self._asked[key].failures) if key in self._asked else 0

    async def _outcomes(self, batch: Batch) -> dict[str, Outcome]:
        """What became of each line, by key; lines that the batch left out are missing."""
        while True:
            state = await self._look(batch.id)
            if state is not None and state.status in ENDED:
                break
            await asyncio.sleep(self.settings.poll_seconds)
        files = [state.output_file_id, state.error_file_id]
        if state.status in ("failed", "cancelled") and not any(files):
            reasons = "; ".join(str(e.message) for e in (state.errors and state.errors.data) or [])
            _remove(self._note_path(batch))
            what = f"batch {batch.id} {state.status}: {reasons or 'no reason given'}"
            raise EndpointUnusable(f"{self._client.base_url}: {what}")
        found: dict[str, Outcome] = {}
        for file in files:
            if file:
                content = (await self._client.files.content(file)).content
                for key, line in _lines(content, batch.id):
                    if key in batch.asked:
                        found.setdefault(key, self._read(line, batch.asked[key][0]))
        return found

    async def _look(self, id: str) -> Any:
        """The batch's state; None if the server can't say just now."""
        try:
            return await self._client.batches.retrieve(id)
        except (openai.APIConnectionError, openai.InternalServerError, openai.RateLimitError) as e:
            log.warning("batch %s: %s; looking again later", id, e)
            return None

    def _read(self, line: Mapping[str, Any], request: Request) -> Outcome:
        response = line.get("response") or {}
        status, body = response.get("status_code"), response.get("body")
        try:
            if status == 200 and isinstance(body, dict):
                return as_answered(read_answer(body), request, self.endpoint.profile)
            if isinstance(status, int) and status != 200:
                content = json.dumps(body).encode()
                return failure(
                    str(self._client.base_url), status, {}, content, self.endpoint.settings
                )
            return ServerFailed(f"batch line without an answer: {line.get('error')}")
        except Malformed as error:
            return error

    async def _settle(self, key: str, request: Request, tag: Tag, outcome: Outcome | None) -> None:
        """Keep an answer and hand it out, or ask again, or give up."""
        asked = self._asked.get(key)
        if asked is None:
            return  # two adopted batches had it; the other one was first
        if isinstance(outcome, Answer):
            await self.keep(request, outcome, tag)
            del self._asked[key]
            asked.answer.set_result(outcome)
            return
        if outcome is None:
            outcome = ServerFailed("the batch ended without this line")
        if isinstance(outcome, Retryable):
            asked.failures.append(outcome.detail)
            if len(asked.failures) < self.attempts:
                self._enqueue(key)
                return
            tries = len(asked.failures)
            outcome = ModelFailed(outcome.reason, f"{tries} batches; the last: {outcome.detail}")
        del self._asked[key]
        asked.answer.set_exception(outcome)

    # --- notes ------------------------------------------------------------------------------------

    def _note_path(self, batch: Batch) -> str:
        return storage.join(self.folder, f"batch-{batch.name}.json")

    def _notes(self) -> Iterator[Batch]:
        """Batches that an earlier process left under way at this endpoint for this model."""
        for file in storage.list_files(self.folder):
            if not (file.startswith("batch-") and file.endswith(".json")):
                continue
            body = json.loads(storage.read_bytes(storage.join(self.folder, file)))
            model = [self.model.name, self.model.revision]
            if body["url"] == self.endpoint.settings.url and body["model"] == model:
                yield self._from_note(file.removeprefix("batch-").removesuffix(".json"), body)

    def _from_note(self, name: str, body: Mapping[str, Any]) -> Batch:
        model, revision = body["model"]
        requests = [
            (Request(model, revision, one["payload"], one["sample"]), Tag(**one["tag"]))
            for one in body["asked"]
        ]
        asked = {one.key: (one, tag) for one, tag in requests}
        return Batch(name, asked, body["batch"], adopted=True)


def _seen(future: asyncio.Future[Answer]) -> None:
    """An adopted request may have nobody who waits for its failure; that is no error."""
    if not future.cancelled():
        future.exception()


def _remove(path: str) -> None:
    """Delete a note; another worker that watched the same batch may have done it."""
    if storage.exists(path):
        storage.remove(path)


def _lines(content: bytes, batch: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
            yield str(body["custom_id"]), body
        except (ValueError, KeyError, TypeError):
            log.warning("batch %s: line %d of its results can't be read; left out", batch, number)


def _unusable(client: openai.AsyncOpenAI, error: Exception) -> EndpointUnusable:
    return EndpointUnusable(f"{client.base_url}: no batches: {type(error).__name__}: {error}")
