"""A sliding window of coroutines inside a DoFn.

One event loop per worker process, in a thread of its own, runs whatever the elements ask for.
`process` submits an element's coroutine and emits what has finished meanwhile; it blocks only
while more than `limit` are pending, so memory is bounded and one slow answer idles nothing.
Global window only: a result leaves in another element's context.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from functools import cache
from typing import Any

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindows


@cache
def event_loop() -> asyncio.AbstractEventLoop:
    """This process's event loop, running in a daemon thread."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="stages", daemon=True).start()
    return loop


@cache
def pool_of(in_flight: int) -> asyncio.Semaphore:
    """This process's one pool of records in flight, shared by every shard and bundle."""
    return asyncio.Semaphore(in_flight)


class SlidingWindow(beam.DoFn):
    """Base of the DoFns that run coroutines. Subclasses give `work` and `emit`."""

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"limit {limit}: at least one element must be in flight")
        self.limit = limit

    def work(self, element: Any) -> Coroutine[Any, Any, Any]:
        """The coroutine of one element."""
        raise NotImplementedError

    def emit(self, result: Any) -> Iterator[Any]:
        """The outputs of one finished coroutine: values or `TaggedOutput`s."""
        yield result

    def start_bundle(self) -> None:
        """Begin with nothing pending."""
        self._pending = 0
        self._finished: deque[Future[Any]] = deque()
        self._changed = threading.Condition()

    def process(self, element: Any) -> Iterator[Any]:
        """Submit one element; yield the outputs of those that have finished."""
        future = asyncio.run_coroutine_threadsafe(self.work(element), event_loop())
        self._pending += 1
        future.add_done_callback(self._finish)
        yield from self._drain(self.limit - 1)

    def finish_bundle(self) -> Iterator[Any]:
        """Wait for the rest; Beam wants these outputs windowed."""
        for output in self._drain(0):
            if isinstance(output, beam.pvalue.TaggedOutput):
                windowed = GlobalWindows.windowed_value(output.value)
                yield beam.pvalue.TaggedOutput(output.tag, windowed)
            else:
                yield GlobalWindows.windowed_value(output)

    def _finish(self, future: Future[Any]) -> None:
        with self._changed:
            self._finished.append(future)
            self._changed.notify()

    def _drain(self, allowed: int) -> Iterator[Any]:
        """Yield outputs of finished coroutines until at most `allowed` are pending."""
        while True:
            with self._changed:
                while self._pending > allowed and not self._finished:
                    self._changed.wait()
                ready = list(self._finished)
                self._finished.clear()
            for future in ready:
                self._pending -= 1
                yield from self.emit(future.result())
            if self._pending <= allowed:
                return
