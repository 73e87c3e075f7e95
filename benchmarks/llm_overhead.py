"""What the LLM client costs above bare aiohttp, with faults and kills, against a mock server.

    python -m benchmarks.llm_overhead [--tests fixed,tail,faults,large,resume] [--repeats 3]
                                      [--server PATH] [--python PATH]

Cases are interleaved in one run and medians reported, ratios as medians of the rounds' own. The
span is the server's: first record's request seen to last answer sent; what was asked before it
(greeting and probes, two answers' time once a run) stands in a column of its own. `--server` runs
another server that takes --port and answers /stats, /ids and /reset alike (its span may begin with
the greeting); `--python` is the interpreter it runs under. MB are the first process's. All of it
takes about eight minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import verdict

ROOT = Path(__file__).parent.parent
GOALS = {
    "fixed": ("span, x bare aiohttp at 64 in flight", 1.25),
    "whole": ("span with greeting and probes, x bare aiohttp at 64 in flight", 1.25),
    "cpu": ("CPU ms a request at 64 in flight", 1.2),
    "tail": ("span, x bare aiohttp, long-tailed latency", 1.05),
    "faults_1": ("span, x healthy, 1 % 429", 1.3),
    "faults_5": ("span, x healthy, 5 % 429", 2.0),
    "peak_mb": ("peak resident MB, 20,000 requests", 200.0),
    "resume": ("answers paid for again after 20 kills", 0.0),
}


class Server:
    """The mock server, in a process of its own."""

    def __init__(self, path: str, python: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([python, path, "--port", str(self.port)])
        for _ in range(200):
            try:
                self.get("/stats")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{path} does not answer")

    def get(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A control request."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=10) as response:
            found: dict[str, Any] = json.load(response)
            return found

    def reset(self, **options: Any) -> None:
        """Zero the counters; options not given are the defaults."""
        plain = {"latency_ms": 50.0, "dist": "fixed", "error_rate": 0.0}
        self.get("/reset", plain | options)


def command(case: str, server: Server, n: int, in_flight: int, out: str) -> list[str]:
    """The command line of a case; `factory-2` is `factory` with two worker processes."""
    kind, _, workers = case.partition("-")
    return [
        *(sys.executable, "-m", "benchmarks.llm_cases", kind, "--url", f"{server.url}/v1"),
        *("--n", str(n), "--in-flight", str(in_flight), "--out", out),
        *(("--workers", workers) if workers else ()),
    ]


def measure(case: str, server: Server, n: int, in_flight: int, **options: Any) -> dict[str, Any]:
    """One run of a case: its own figures and the server's."""
    server.reset(**options)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command(case, server, n, in_flight, folder), capture_output=True, text=True, cwd=ROOT
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    stats = server.get("/stats")
    assert stats["unique_ids"] == n, stats
    return json.loads(done.stdout.splitlines()[-1]) | stats


def compare(
    cases: list[str], server: Server, repeats: int, n: int, in_flight: int, **options: Any
) -> dict[str, dict[str, float]]:
    """Medians of interleaved runs; prints a row a case."""
    runs: dict[str, list[dict[str, Any]]] = {case: [] for case in cases}
    for _ in range(repeats):
        for case in cases:
            runs[case].append(measure(case, server, n, in_flight, **options))
    names = ("span_s", "greeting_s", "cpu_ms", "wall_s", "peak_mb", "duplicate_sends")
    found = {}
    for case, several in runs.items():
        rounds = list(zip(several, runs.get("aiohttp", several), strict=True))
        ratios = {
            "ratio": [run["span_s"] / floor["span_s"] for run, floor in rounds],
            "whole": [
                (run["span_s"] + run.get("greeting_s", 0)) / floor["span_s"]
                for run, floor in rounds
            ],
        }
        figures = {name: [run.get(name, 0) for run in several] for name in names}
        found[case] = {k: statistics.median(v) for k, v in (figures | ratios).items()}
    print(f"\n{n:,} requests, {in_flight} in flight, {options}, load {os.getloadavg()[0]:.1f}")
    print(
        f"{'case':<10}{'span s':>9}{'x':>7}{'greeting s':>12}{'CPU ms':>9}{'wall s':>9}{'MB':>7}"
        f"{'sent twice':>12}"
    )
    for case, row in found.items():
        print(
            f"{case:<10}{row['span_s']:>9.2f}{row['ratio']:>7.2f}{row['greeting_s']:>12.2f}"
            f"{row['cpu_ms']:>9.2f}{row['wall_s']:>9.2f}{row['peak_mb']:>7.0f}"
            f"{row['duplicate_sends']:>12.0f}",
            flush=True,
        )
    return found


def fixed(server: Server, repeats: int) -> Iterator[tuple[str, float, float]]:
    """50 ms fixed, 64 and 512 in flight."""
    found = compare(["aiohttp", "openai", "factory"], server, repeats, 2000, 64)
    yield "fixed", found["factory"]["ratio"], 1.0
    yield "whole", found["factory"]["whole"], 1.0
    yield "cpu", found["factory"]["cpu_ms"], found["openai"]["cpu_ms"]
    compare(["aiohttp", "factory"], server, repeats, 2000, 512)


def large(server: Server, repeats: int) -> Iterator[tuple[str, float, float]]:
    """20,000 requests: does anything grow?"""
    found = compare(["aiohttp", "factory"], server, 1, 20_000, 64)
    yield "peak_mb", found["factory"]["peak_mb"], found["aiohttp"]["peak_mb"]
    compare(["aiohttp", "factory", "factory-2"], server, 1, 20_000, 512)


def tail(server: Server, repeats: int) -> Iterator[tuple[str, float, float]]:
    """Lognormal latency, mean 500 ms, sigma 1."""
    options = {"latency_ms": 500.0, "dist": "lognormal"}
    found = compare(["aiohttp", "factory"], server, repeats, 1280, 64, **options)
    yield "tail", found["factory"]["ratio"], 1.0
    compare(["aiohttp", "factory"], server, repeats, 5120, 512, **options)


def faults(server: Server, repeats: int) -> Iterator[tuple[str, float, float]]:
    """Random 429s, 1,000 requests of 100 ms."""
    spans = {}
    for share in (0.0, 0.01, 0.05):
        options = {"latency_ms": 100.0, "error_rate": share}
        found = compare(["factory"], server, repeats, 1000, 64, **options)
        spans[share] = found["factory"]["span_s"]
    yield "faults_1", spans[0.01] / spans[0.0], 1.0
    yield "faults_5", spans[0.05] / spans[0.0], 1.0


def resume(server: Server, repeats: int, kills: int = 20) -> Iterator[tuple[str, float, float]]:
    """kill -9 at random moments of one run; shards compared with an undisturbed run's."""
    n, in_flight, rng = 2000, 64, random.Random(7)
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as killed:
        server.reset(latency_ms=50.0)
        subprocess.run(command("factory", server, n, in_flight, plain), cwd=ROOT, check=True)
        server.reset(latency_ms=50.0)
        again, done = 0, 0
        while True:
            process = subprocess.Popen(
                command("factory", server, n, in_flight, killed),
                cwd=ROOT,
                start_new_session=True,
            )
            goal = server.get("/stats")["received"] + rng.randint(1, 2 * n // kills)
            while done < kills and process.poll() is None:
                if server.get("/stats")["received"] >= goal:
                    os.killpg(process.pid, signal.SIGKILL)
                    done += 1
                    break
                time.sleep(0.002)
            process.wait()
            again += sent_after_answered(server, killed)
            if process.returncode == 0:
                break
        sent = sum(server.get("/ids").values())
        same = shards(plain) == shards(killed)
        print(f"\n{done} kills, {n} requests: {sent} sent, {again} of them after their answer was")
        print(f"in the journal; at most {done * in_flight} were in flight; shards equal: {same}")
        assert same
        assert sent <= n + done * in_flight
        yield "resume", float(again), 0.0


_ANSWERED: dict[str, dict[str, int]] = {}


def sent_after_answered(server: Server, out: str) -> int:
    """How often requests whose answer was in the journal earlier have been sent since."""
    from factory.llm.journal import Journal

    while server.get("/stats")["inflight"]:
        time.sleep(0.01)
    sent = server.get("/ids")
    known = _ANSWERED.setdefault(out, {})
    again = sum(sent[name] - count for name, count in known.items())
    for entry in Journal(f"{out}/journal").entries():
        content = entry["request"]["messages"][-1]["content"]
        name = content.partition("ID:")[2][:6]
        known[name] = sent[name]
    return again


def shards(out: str) -> dict[str, bytes]:
    """The Parquet files of a run."""
    return {path.name: path.read_bytes() for path in sorted(Path(out).rglob("part-*.parquet"))}


TESTS = {"fixed": fixed, "tail": tail, "faults": faults, "large": large, "resume": resume}


@contextmanager
def running(path: str, python: str) -> Iterator[Server]:
    """A server for the length of a benchmark."""
    server = Server(path, python)
    try:
        yield server
    finally:
        server.process.terminate()


def main() -> None:
    """Run the tests asked for; one verdict line each."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--tests", default=",".join(TESTS))
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--server", default=str(ROOT / "benchmarks" / "mock_server.py"))
    options.add_argument("--python", default=sys.executable)
    arguments = options.parse_args()
    verdicts = []
    with running(arguments.server, arguments.python) as server:
        for name in arguments.tests.split(","):
            for figure, value, floor in TESTS[name](server, arguments.repeats):
                unit, goal = GOALS[figure]
                verdicts.append(verdict(f"llm_{figure}", value, unit, floor, goal))
    print("\n" + "\n".join(verdicts))


if __name__ == "__main__":
    main()
