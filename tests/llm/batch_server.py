"""An endpoint with files and batches, as in OpenAI's API; a test's script answers the lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

Line = dict[str, Any]
Script = Callable[[dict[str, Any]], Line | None]
"""Body of a line's request → (`status_code`, `body`) of its response, or None: left out."""


class BatchServer:
    """`async with BatchServer(script) as server`: server.url, server.sent (bodies, in order).

    A batch ends at the look numbered `looks`; `hold` keeps it from ending.
    """

    def __init__(self, script: Script, looks: int = 2, status: str = "completed") -> None:
        self.script = script
        self.looks = looks
        self.status = status
        self.hold = False
        self.sent: list[dict[str, Any]] = []
        self.batches: dict[str, dict[str, Any]] = {}
        self._files: dict[str, bytes] = {}

    async def __aenter__(self) -> BatchServer:
        app = web.Application()
        app.router.add_post("/v1/files", self._upload)
        app.router.add_get("/v1/files/{id}/content", self._download)
        app.router.add_post("/v1/batches", self._create)
        app.router.add_get("/v1/batches", self._list)
        app.router.add_get("/v1/batches/{id}", self._retrieve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        assert form["purpose"] == "batch"
        return web.json_response(self._store(form["file"].file.read()))

    def _store(self, content: bytes) -> dict[str, Any]:
        name = f"file-{len(self._files)}"
        self._files[name] = content
        return {
            "id": name,
            "object": "file",
            "bytes": len(content),
            "created_at": 0,
            "filename": "x.jsonl",
            "purpose": "batch",
            "status": "processed",
        }

    async def _download(self, request: web.Request) -> web.Response:
        return web.Response(body=self._files[request.match_info["id"]])

    async def _create(self, request: web.Request) -> web.Response:
        asked = await request.json()
        lines = [json.loads(line) for line in self._files[asked["input_file_id"]].splitlines()]
        self.sent += [line["body"] for line in lines]
        answers, errors = [], []
        for line in lines:
            assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
            response = self.script(line["body"])
            if response is not None:
                into = answers if response["status_code"] == 200 else errors
                into.append({"custom_id": line["custom_id"], "response": response})
        name = f"batch-{len(self.batches)}"
        self.batches[name] = {
            "id": name,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"],
            "created_at": 0,
            "status": "in_progress",
            "metadata": asked.get("metadata"),
            "looks": 0,
            "results": (answers, errors),
        }
        return web.json_response(self._public(self.batches[name]))

    async def _list(self, _: web.Request) -> web.Response:
        data = [self._public(batch) for batch in self.batches.values()]
        return web.json_response({"object": "list", "data": data, "has_more": False})

    async def _retrieve(self, request: web.Request) -> web.Response:
        batch = self.batches[request.match_info["id"]]
        batch["looks"] += 1
        if batch["looks"] >= self.looks and not self.hold and batch["status"] == "in_progress":
            batch["status"] = self.status
            if self.status == "failed":
                reason = {"code": "invalid_file", "message": "line 1 is not a request"}
                batch["errors"] = {"object": "list", "data": [reason]}
            else:
                answers, errors = batch["results"]
                for key, rows in (("output_file_id", answers), ("error_file_id", errors)):
                    if rows:
                        content = "".join(json.dumps(row) + "\n" for row in rows)
                        batch[key] = self._store(content.encode())["id"]
        return web.json_response(self._public(batch))

    @staticmethod
    def _public(batch: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in batch.items() if key not in ("looks", "results")}
