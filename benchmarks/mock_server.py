"""A chat-completions server for benchmarks: fixed or long-tailed latency, random faults, counts.

A bare asyncio protocol, so that the server costs little beside the client it measures. Requests
are told apart by the last `ID:<digits>` in their body; the span is from the first of those to the
last answer, and `greeting_s` what other requests (probes) took before. GET /stats, GET /ids; POST
/reset with a JSON body that changes options: latency_ms, dist (fixed | lognormal), sigma,
error_rate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import re
import time
from collections import Counter
from typing import Any

ID = re.compile(rb"ID:(\d+)")
WORDS = [
    "the",
    "measured",
    "value",
    "follows",
    "from",
    "the",
    "definition",
    "and",
    "holds",
    "for",
    "every",
    "item",
    "in",
    "the",
    "list",
]


class State:
    """Options and counters since the last reset."""

    def __init__(self, **options: Any) -> None:
        self.options = {"latency_ms": 50.0, "dist": "fixed", "sigma": 1.0, "error_rate": 0.0}
        self.options |= options
        self.rng = random.Random(0)
        self.ids: Counter[str] = Counter()
        self.received = self.completed = self.errors = self.in_flight = self.peak = 0
        self.sum_latency = 0.0
        self.cpu = time.process_time()
        self.greeted: float | None = None
        self.first: float | None = None
        """When the first request came at all, and the first with an ID."""
        self.last = 0.0

    def latency(self, identifier: str) -> float:
        """Seconds that the answer to a request takes: the same whenever it comes."""
        mean = float(self.options["latency_ms"]) / 1000
        if self.options["dist"] == "lognormal":
            sigma = float(self.options["sigma"])
            drawn = random.Random(identifier).normalvariate(-(sigma**2) / 2, sigma)
            mean *= math.exp(drawn)
        self.sum_latency += mean
        return mean

    def stats(self) -> dict[str, Any]:
        """The counters."""
        return {
            "received": self.received,
            "completed": self.completed,
            "errors": self.errors,
            "inflight": self.in_flight,
            "max_inflight": self.peak,
            "unique_ids": len(self.ids),
            "duplicate_sends": sum(self.ids.values()) - len(self.ids),
            "span_s": round(self.last - (self.first or self.last), 4),
            "greeting_s": round((self.first or self.last) - (self.greeted or self.last), 4),
            "sum_latency_s": round(self.sum_latency, 3),
            "server_cpu_s": round(time.process_time() - self.cpu, 3),
        }


state = State()


def instance(schema: dict[str, Any], defs: dict[str, Any]) -> Any:
    """A small value that satisfies a JSON Schema of ours."""
    if "$ref" in schema:
        return instance(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "enum" in schema:
        return schema["enum"][-1]
    if schema.get("type") == "object":
        return {name: instance(sub, defs) for name, sub in schema.get("properties", {}).items()}
    return {"integer": 0, "number": 1.0, "boolean": True, "array": []}.get(
        schema.get("type", ""), "a word of praise"
    )


def answer(body: bytes, identifier: str) -> dict[str, Any]:
    """The completion: a pure function of the request."""
    request = json.loads(body)
    message: dict[str, Any] = {"role": "assistant"}
    finish = "stop"
    schema = ((request.get("response_format") or {}).get("json_schema") or {}).get("schema")
    if schema:
        value = instance(schema, schema.get("$defs", {}))
        if "question" in schema.get("properties", {}):
            text = " ".join(WORDS * 4)
            value = {"question": f"What is item {identifier}?", "answer": text, "difficulty": 3}
        message["content"] = json.dumps(value)
    elif isinstance(request.get("tool_choice"), dict):
        function = {"name": request["tool_choice"]["function"]["name"], "arguments": "{}"}
        message |= {
            "content": "",
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        }
        finish = "tool_calls"
    elif request.get("response_format"):
        message["content"] = '{"ok": true}'
    elif request.get("tools"):
        message["content"] = "I have done what you asked for."
    else:
        rng = random.Random(body)
        message["content"] = "<rewrite>" + " ".join(rng.choices(WORDS, k=60)) + ".</rewrite>"
    usage = {"prompt_tokens": len(body) // 4, "completion_tokens": len(message["content"]) // 4}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return {"id": f"c{identifier}", "model": request["model"], "choices": [choice], "usage": usage}


class Connection(asyncio.Protocol):
    """One keep-alive connection; one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write."""
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Take whole requests off the buffer."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end]
            found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.buffer) < size:
                return
            body, self.buffer = self.buffer[end + 4 : size], self.buffer[size:]
            self.route(head.split(b" ", 2)[1].decode(), body)

    def route(self, path: str, body: bytes) -> None:
        """Answer one request."""
        global state
        if path.endswith("/chat/completions"):
            self.begin(body)
        elif path == "/reset":
            state = State(**{**state.options, **(json.loads(body) if body else {})})
            self.send({"options": state.options})
        else:
            self.send({"/stats": state.stats, "/ids": lambda: dict(state.ids)}.get(path, dict)())

    def begin(self, body: bytes) -> None:
        """Count a completion and let it take its time."""
        now, current = time.perf_counter(), state
        current.greeted = current.greeted or now
        current.received += 1
        current.in_flight += 1
        current.peak = max(current.peak, current.in_flight)
        found = ID.findall(body)
        identifier = found[-1].decode() if found else ""
        if found:
            current.first = current.first or now
            current.ids[identifier] += 1
        loop = asyncio.get_running_loop()
        loop.call_later(current.latency(identifier), self.finish, current, body, identifier)

    def finish(self, current: State, body: bytes, identifier: str) -> None:
        """Send the answer, or the fault that was drawn."""
        current.in_flight -= 1
        current.last = time.perf_counter()
        if self.transport.is_closing():
            return
        if current.rng.random() < float(current.options["error_rate"]):
            current.errors += 1
            self.send({"error": {"message": "busy"}}, b"429 Busy", b"retry-after: 0\r\n")
        else:
            current.completed += 1
            self.send(answer(body, identifier))

    def send(self, value: Any, status: bytes = b"200 OK", extra: bytes = b"") -> None:
        """Write a response."""
        body = json.dumps(value).encode()
        head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
        self.transport.write(head % (status, extra, len(body)) + body)  # type: ignore[attr-defined]


async def serve(port: int) -> None:
    """Listen on 127.0.0.1 until killed."""
    server = await asyncio.get_running_loop().create_server(
        Connection, "127.0.0.1", port, backlog=4096
    )
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--latency-ms", type=float, default=50.0)
    arguments = parser.parse_args()
    state = State(latency_ms=arguments.latency_ms)
    asyncio.run(serve(arguments.port))
