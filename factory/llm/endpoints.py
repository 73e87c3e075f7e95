"""The endpoints of a model: which one takes a request, and when.

Requests wait in order of arrival until an endpoint has room. A record's requests prefer one
endpoint (its prefix cache), drawn by the endpoints' weights; when it is full the least loaded
takes over.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque

from factory.llm.admission import Breaker, Limit, Meter
from factory.llm.errors import Retryable
from factory.llm.profile import Profile
from factory.llm.settings import EndpointSettings
from factory.records import digest


class Endpoint:
    """One server of a model and its health. Times are the event loop's."""

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings = settings
        self.profile = Profile()
        self.limit = Limit(settings.in_flight)
        self.breaker = Breaker()
        self.requests = Meter(settings.requests_per_second)
        self.tokens = Meter(settings.tokens_per_second)
        self.in_flight = 0
        self.paused_until = 0.0

    def room(self, now: float) -> bool:
        """Whether a request may go now."""
        allowed = 1.0 if self.breaker.open else self.limit.value
        return self.in_flight + 1 <= allowed and self.ready_at() <= now

    def ready_at(self) -> float:
        """The earliest time at which pauses and rates let a request through."""
        return max(self.paused_until, self.requests.ready_at(), self.tokens.ready_at())

    def take(self, tokens: float, now: float) -> None:
        """A request goes, of so many tokens by estimate."""
        self.in_flight += 1
        self.requests.take(1, now)
        self.tokens.take(tokens, now)

    def succeeded(self, kind: str, seconds: float, tokens_beyond_estimate: float) -> None:
        """Its answer came."""
        self.in_flight -= 1
        self.limit.succeeded(kind, seconds)
        self.breaker.succeeded()
        self.tokens.take(tokens_beyond_estimate, 0.0)

    def failed(self, error: Retryable, now: float) -> None:
        """It failed in a way that another attempt may not."""
        self.in_flight -= 1
        if error.overload:
            self.limit.overloaded()
        pause = self.breaker.failed(error.retry_after)
        self.paused_until = max(self.paused_until, now + pause)

    def gave_up(self) -> None:
        """It ended without saying anything about the endpoint's health."""
        self.in_flight -= 1


class Endpoints:
    """All endpoints of a model, and the requests that wait for one."""

    def __init__(self, settings: tuple[EndpointSettings, ...]) -> None:
        self.all = [Endpoint(one) for one in settings]
        self._waiting: deque[tuple[asyncio.Future[Endpoint], str, float]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._answered = float("-inf")
        """When the last answer came."""
        self._began: dict[str, float] = {}
        """When the first request of a kind (a role) went."""

    async def admit(self, record: str, tokens: float, deadline: float) -> Endpoint:
        """An endpoint with room, taken. Raises TimeoutError at `deadline` (loop time)."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            endpoint = self._choose(record, loop.time())
            if endpoint is not None:
                endpoint.take(tokens, loop.time())
                return endpoint
        future: asyncio.Future[Endpoint] = loop.create_future()
        self._waiting.append((future, record, tokens))
        self.wake()
        try:
            async with asyncio.timeout_at(deadline):
                return await future
        except BaseException:
            if future.done() and not future.cancelled():
                future.result().gave_up()
                self.wake()
            raise

    def wake(self) -> None:
        """Let in those for whom there is room; come back when a pause ends."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting:
            future, record, tokens = self._waiting[0]
            if not future.done():
                endpoint = self._choose(record, now)
                if endpoint is None:
                    break
                endpoint.take(tokens, now)
                future.set_result(endpoint)
            self._waiting.popleft()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pauses = [ready for endpoint in self.all if (ready := endpoint.ready_at()) > now]
        if self._waiting and pauses:
            self._timer = loop.call_at(min(pauses) + 0.001, self.wake)

    def _choose(self, record: str, now: float) -> Endpoint | None:
        if len(self.all) == 1:
            return self.all[0] if self.all[0].room(now) else None
        free = [endpoint for endpoint in self.all if endpoint.room(now)]
        if not free:
            return None
        preferred = max(self.all, key=lambda endpoint: _pull(endpoint, record))
        if preferred in free:
            return preferred
        return min(free, key=lambda e: (e.in_flight + 1) / (e.limit.value * e.settings.weight))

    def note_success(self, now: float) -> None:
        """Some endpoint answered."""
        self._answered = now

    def down(self, kind: str, patience: float, now: float) -> bool:
        """Whether nothing has answered for `patience` seconds and every breaker is open. A kind of
        request that is new gets its own time: a server may fail at one role and not at another.
        """
        silent = now - max(self._answered, self._began.setdefault(kind, now)) > patience
        return silent and all(endpoint.breaker.open for endpoint in self.all)


def _pull(endpoint: Endpoint, record: str) -> float:
    """Weighted rendezvous hashing: the endpoint with the largest value takes the record."""
    drawn = (int(digest("endpoint", endpoint.settings.url, record)[:13], 16) + 0.5) / 16**13
    return -endpoint.settings.weight / math.log(drawn)
