"""The cases of `benchmarks.llm_overhead`, each run in a process of its own.

    python -m benchmarks.llm_cases factory|aiohttp|openai --url URL --n N --in-flight K --out DIR

Work: a prompt of about 430 bytes asks for a JSON object, which is parsed, checked and written to
Parquet. The floors do that with nothing between; `factory` runs a recipe on Beam whose one stage
asks its author: prompt file, client, journal, schema, shards. Prints one JSON line; CPU is user and
system of the process after its imports.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

PADDING = "Use plain words, keep the answer checkable from the text alone, and do not repeat. " * 2
SCHEMA = {
    "type": "object",
    "properties": {
        "question": {"type": "string", "minLength": 1},
        "answer": {"type": "string", "minLength": 1},
        "difficulty": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["question", "answer", "difficulty"],
    "additionalProperties": False,
}
TASK = "Write one question-answer pair about the item named by the user. " + PADDING


def body_of(item: int, model: str = "mock") -> dict[str, Any]:
    """The floors' request."""
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": TASK},
            {"role": "user", "content": f"ID:{item:06d}"},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "pair", "schema": SCHEMA, "strict": True},
        },
    }


def parse(text: str) -> dict[str, Any]:
    """An answer, checked by hand."""
    found: dict[str, Any] = json.loads(text)
    assert isinstance(found["question"], str)
    assert isinstance(found["answer"], str)
    assert 1 <= found["difficulty"] <= 5
    return found


# --- floors --------------------------------------------------------------------------------------


def aiohttp_case(arguments: argparse.Namespace) -> Callable[[], None]:
    """Bare aiohttp, a pool of workers."""
    import aiohttp
    import pyarrow as pa
    import pyarrow.parquet as pq

    async def work() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        items = iter(range(arguments.n))
        url = f"{arguments.url}/chat/completions"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def one() -> None:
                for item in items:
                    while True:
                        async with session.post(url, json=body_of(item)) as response:
                            if response.status == 429:
                                continue
                            found = await response.json()
                            break
                    rows.append(parse(found["choices"][0]["message"]["content"]) | {"id": item})

            await asyncio.gather(*(one() for _ in range(arguments.in_flight)))
        return rows

    def run() -> None:
        pq.write_table(pa.Table.from_pylist(asyncio.run(work())), f"{arguments.out}/rows.parquet")

    return run


def openai_case(arguments: argparse.Namespace) -> Callable[[], None]:
    """The openai package's AsyncOpenAI as it comes."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openai import AsyncOpenAI

    async def work() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        items = iter(range(arguments.n))
        client = AsyncOpenAI(base_url=arguments.url, api_key="x", max_retries=9)

        async def one() -> None:
            for item in items:
                found = await client.chat.completions.create(**body_of(item))
                rows.append(parse(found.choices[0].message.content or "") | {"id": item})

        await asyncio.gather(*(one() for _ in range(arguments.in_flight)))
        return rows

    def run() -> None:
        pq.write_table(pa.Table.from_pylist(asyncio.run(work())), f"{arguments.out}/rows.parquet")

    return run


# --- ours ----------------------------------------------------------------------------------------

PROMPT = f"""---
role: rewriter
version: 1
answer: json
schema: {json.dumps(SCHEMA)}
---
## system
{TASK}
## user
{{{{data item}}}}
"""


@cache
def _prompt() -> Any:
    from factory.llm.prompt import parse_prompt

    return parse_prompt("pair", PROMPT)


class PairAuthor:
    """Stands in for the role `rewriter`: asks for a pair."""

    asks = "write"

    def __init__(self, asker: Any) -> None:
        self._asker = asker
        self._prompt = _prompt()

    async def write(self, item: str) -> dict[str, Any]:
        """The pair about an item."""
        from factory.llm.prompt import Asked

        messages = self._prompt.render({}, {"item": item})
        found: dict[str, Any] = await self._asker.ask(Asked(self._prompt, messages))
        return found


async def stage(seed: dict[str, Any], ctx: Any) -> Sequence[Any]:
    """A stage of one request."""
    pair = await ctx.authors["rewriter"].write(f"ID:{seed['index']:06d}")
    body = {
        "text": f"{pair['question']} {pair['answer']}",
        "source_id": seed["id"],
        "style": str(pair["difficulty"]),
        "subject": "knowledge",
        "language": "en",
        "licence": "none",
    }
    return [ctx.record("pretrain", body, parents=[seed["id"]])]


def factory_case(arguments: argparse.Namespace) -> Callable[[], None]:
    """The whole path, through Beam."""
    import logging
    import os

    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # as `factory` does
    logging.basicConfig(level=logging.CRITICAL)
    from factory.recipe import parse_recipe
    from pipelines.lean import load_beam_leanly

    load_beam_leanly()  # as `factory run` does
    from benchmarks import llm_stage
    from pipelines.run import run

    in_flight = arguments.in_flight // arguments.workers
    endpoint = {"url": arguments.url, "in_flight": in_flight}
    recipe = parse_recipe(
        {
            "stages": ["passages"],
            "documents": {"count": arguments.n},
            "shard_inputs": {"default": max(64, in_flight // 4)},
            "in_flight": in_flight,
            "authors": {"rewriter": "llm"},
            "models": {"default": {"name": "mock", "endpoints": [endpoint]}},
        }
    )
    known_to_workers = llm_stage.PairRecipe.model_validate(recipe.model_dump())

    def work() -> None:
        run(known_to_workers, arguments.out, workers=arguments.workers)

    return work


CASES = {"factory": factory_case, "aiohttp": aiohttp_case, "openai": openai_case}


def cpu_seconds() -> float:
    """CPU of this process, and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_mb() -> float:
    """Largest resident size of this process, MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def main() -> None:
    """Run one case."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("case", choices=sorted(CASES))
    options.add_argument("--url", required=True)
    options.add_argument("--n", type=int, required=True)
    options.add_argument("--in-flight", type=int, required=True)
    options.add_argument("--out", required=True)
    options.add_argument("--workers", type=int, default=1, help="processes of `factory`")
    arguments = options.parse_args()
    work = CASES[arguments.case](arguments)
    wall, cpu = time.perf_counter(), cpu_seconds()
    work()
    figures = {
        "wall_s": round(time.perf_counter() - wall, 3),
        "cpu_ms": round(1000 * (cpu_seconds() - cpu) / arguments.n, 3),
        "peak_mb": round(peak_mb(), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
