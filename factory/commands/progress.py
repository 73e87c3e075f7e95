"""Progress of long work: a live bar in a terminal, a plain line now and then elsewhere.

Both say how much is done, at what rate, and how long the rest will take.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

PLAIN_SECONDS = 5.0


def describe(done: int, total: int, seconds: float, unit: str) -> str:
    """`120/400 tools, 35/s, 0:08 left`."""
    rate = done / seconds if seconds > 0 else 0.0
    text = f"{done}/{total} {unit}, {rate:,.1f}/s"
    if done >= total:
        return f"{text}, {clock(seconds)} in all"
    return f"{text}, {clock((total - done) / rate)} left" if rate else f"{text}, ? left"


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    whole = int(seconds + 0.5)
    hours, minutes = divmod(whole // 60, 60)
    tail = f"{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
    return f"{hours}:{tail}" if hours else tail


class Lines:
    """Named progress lines, added and updated in any order."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()
        self.live = self.console.is_terminal
        self.progress = Progress(
            TextColumn("{task.description:<14}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[text]}"),
            console=self.console,
            disable=not self.live,
        )
        self.tasks: dict[str, TaskID] = {}
        self.printed: dict[str, float] = {}
        self.finished: set[str] = set()

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.stop()

    def update(
        self,
        name: str,
        done: int,
        total: int,
        seconds: float,
        unit: str,
        note: str = "",
        *,
        finished: bool,
    ) -> None:
        """Show one line's state; `note` stands behind the figures. The last call says finished."""
        text = describe(done, total, seconds, unit) + (f"  {note}" if note else "")
        if self.live:
            if name not in self.tasks:
                self.tasks[name] = self.progress.add_task(name, total=total, text=text)
            self.progress.update(self.tasks[name], completed=done, total=total, text=text)
            return
        now = time.monotonic()
        due = now - self.printed.setdefault(name, now) >= PLAIN_SECONDS
        if name not in self.finished and (due or finished):
            self.printed[name] = now
            print(f"{name:<14} {text}", flush=True)
        if finished:
            self.finished.add(name)


class StepProgress:
    """The progress of a training run; callable with each step's metrics."""

    def __init__(self, job: str) -> None:
        self.job = job
        self.lines = Lines()

    def __enter__(self) -> Self:
        self.started = time.monotonic()
        self.lines.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lines.__exit__(kind, error, trace)

    def __call__(self, done: int, total: int, metrics: Mapping[str, Any]) -> None:
        """Show `done` of `total` steps and the metrics of the last."""
        seconds = time.monotonic() - self.started
        note = f"loss {metrics['loss']:.3f}, {metrics['tokens_per_s']:,.0f} tokens/s"
        self.lines.update(self.job, done, total, seconds, "steps", note, finished=done >= total)
