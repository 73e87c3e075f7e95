"""A chat-completions server that does what a test's script says, faults included."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Reply:
    """One response. `body` bytes are sent as they are, anything else as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    """Seconds between single bytes of the body."""
    reset: bool = False
    """Close the connection instead of answering."""
    cut: int | None = None
    """Close after so many bytes of the body, whose length was announced in full."""


def completion(content: Any, **more: Any) -> dict[str, Any]:
    """A whole answer; content that is no string is written as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    message = {"role": "assistant", "content": text, **more.pop("message", {})}
    return {
        "id": more.pop("id", "c1"),
        "object": "chat.completion",
        "model": more.pop("model", "scripted"),
        "choices": [{"index": 0, "message": message, "finish_reason": more.pop("finish", "stop")}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, **more},
    }


Script = Callable[[dict[str, Any], int], Reply | dict[str, Any]]


class ScriptedServer:
    """`async with ScriptedServer(script) as server`: server.url, server.requests, server.peak."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.now = self.peak = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> ScriptedServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.requests.append(json.loads(body))
        self.headers.append({"path": lines[0].split()[1], **headers})
        self.times.append(asyncio.get_running_loop().time())
        self.now += 1
        self.peak = max(self.peak, self.now)
        try:
            reply = self.script(self.requests[-1], len(self.requests))
            if isinstance(reply, dict):
                reply = Reply(reply)
            await asyncio.sleep(reply.delay)
            return await self._answer(reply, writer)
        finally:
            self.now -= 1

    async def _answer(self, reply: Reply, writer: asyncio.StreamWriter) -> bool:
        if reply.reset:
            return False
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        head = [f"HTTP/1.1 {reply.status} X", f"content-length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        writer.write(("\r\n".join(head) + "\r\n\r\n").encode())
        if reply.drip:
            for index in range(len(body)):
                writer.write(body[index : index + 1])
                await writer.drain()
                await asyncio.sleep(reply.drip)
            return True
        writer.write(body[: reply.cut])
        await writer.drain()
        return reply.cut is None
