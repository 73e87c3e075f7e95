"""Asks models: from the journal if it was paid for, else once, as fast as the server takes it.

One client per worker process and event loop. `complete` never hangs: it returns, raises
ModelFailed (reject the record) by the record's deadline, or RunStopped (end the run).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from factory.llm.adapt import as_answered, as_sent
from factory.llm.admission import backoff
from factory.llm.answer import read_answer, read_embeddings, unpack_vectors
from factory.llm.endpoints import Endpoint, Endpoints
from factory.llm.errors import (
    Malformed,
    ModelFailed,
    Retryable,
    SpendingCapReached,
    Throttled,
    TimedOut,
)
from factory.llm.journal import Journal
from factory.llm.request import Answer, Request, Tag
from factory.llm.settings import LlmSettings, ModelSettings
from factory.llm.transport import Transport
from factory.llm.usage import Tally, price
from factory.stage import RunStopped

if TYPE_CHECKING:
    from factory.llm.batches import Batches

CAP_REFRESH_SECONDS = 0.1
"""How long another process may go on spending before a capped run sees it."""
EMBEDDED_TOGETHER = 64
"""Texts of one embeddings request."""
IDS_REMEMBERED = 50_000
"""Of so many answers at least the ids are known, of twice as many at most."""
CHARS_PER_TOKEN = 4
"""For the token rates and the dry run, until the server says better."""


@dataclass
class Errand:
    """For whom requests are made, until when, and what they took."""

    tag: Tag
    deadline: float
    """Loop time."""
    tally: Tally = field(default_factory=Tally)


class Client:
    """All models of a recipe. `models` by their recipe names."""

    def __init__(
        self, models: Mapping[str, ModelSettings], settings: LlmSettings, journal: Journal
    ) -> None:
        self.models = models
        self.settings = settings
        self.journal = journal
        self.transport = Transport(settings.max_answer_bytes)
        self.endpoints = {name: Endpoints(model.endpoints) for name, model in models.items()}
        self._batches: dict[str, Batches] = {}
        self._flying: dict[str, asyncio.Future[None]] = {}
        self._seen: set[str] = set()
        self._ids: set[int] = set()
        self._older_ids: set[int] = set()
        """Hashes of the ids of the last answers: repeated ones are counted, not refused."""
        self._paid = 0
        self._paid_cost = 0.0
        self._sending: set[asyncio.Future[None]] = set()
        self._stop: RunStopped | None = None

    async def close(self) -> None:
        """Close the connections."""
        await self.transport.close()

    async def wind_down(self, seconds: float) -> None:
        """Send nothing new; give what is under way, and so paid for, time to reach the journal."""
        self._stop = self._stop or RunStopped("interrupted")
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds)
        await self.close()

    @property
    def stopped(self) -> bool:
        """Whether a RunStopped has ended all sending."""
        return self._stop is not None

    def first_of(self, key: str) -> bool:
        """Whether a dry run meets this request for the first time."""
        new = key not in self._seen
        self._seen.add(key)
        return new

    async def complete(self, name: str, request: Request, errand: Errand) -> Answer:
        """The answer of the model called `name` in the recipe; durable when this returns.

        Raises ModelFailed and RunStopped.
        """
        count = errand.tally.add
        role = errand.tag.role
        count(role, name, "asked")
        while True:
            known = self.journal.get(request)
            if known is not None:
                count(role, name, "journal")
                return known
            flying = self._flying.get(request.key)
            if flying is None:
                break
            left = errand.deadline - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait({flying}, timeout=max(0.0, left))
            if not done:
                raise ModelFailed("llm_deadline", "waiting for the same request to be answered")
        return await self._lead(name, request, errand)

    async def embed(
        self, name: str, texts: Sequence[str], errand: Errand, together: int = EMBEDDED_TOGETHER
    ) -> list[list[float]]:
        """A vector of each text by an embeddings model, journalled as `complete`'s answers are.

        Raises ModelFailed and RunStopped.
        """
        requests = self.to_embed(name, texts, together)
        answers = await asyncio.gather(*(self.complete(name, one, errand) for one in requests))
        return [vector for answer in answers for vector in unpack_vectors(answer)]

    def to_embed(
        self, name: str, texts: Sequence[str], together: int = EMBEDDED_TOGETHER
    ) -> list[Request]:
        """The requests for the vectors of some texts."""
        model = self.models[name]
        return [
            Request(
                model.name,
                model.revision,
                {**model.extra, "input": list(texts[start : start + together])},
                path="/embeddings",
            )
            for start in range(0, len(texts), together)
        ]

    async def _lead(self, name: str, request: Request, errand: Errand) -> Answer:
        """Send a request that nobody else is sending; let the others know when it is over."""
        flight = asyncio.get_running_loop().create_future()
        self._flying[request.key] = flight
        try:
            if self._stop is not None:
                raise self._stop
            self._check_cap(name, request)
            self._sending.add(flight)
            answer = await self._obtain(name, request, errand)
            for what, amount in answer.usage.items():
                errand.tally.add(errand.tag.role, name, what, amount)
            return answer
        except RunStopped as stop:
            self._stop = stop  # nothing new is sent from here on
            self._sending.discard(flight)
            if self._sending:  # what is paid for already shall reach the journal
                await asyncio.wait(self._sending, timeout=self.settings.request_seconds)
            raise
        finally:
            self._sending.discard(flight)
            del self._flying[request.key]
            flight.set_result(None)

    async def _obtain(self, name: str, request: Request, errand: Errand) -> Answer:
        """A new answer, in the journal: one by one, or by batch if the model's settings say so."""
        settings = self.models[name].batch
        if settings is None or request.path != "/chat/completions":
            answer = await self._send(name, request, errand)
            await self._keep(name, request, answer, errand.tag)
            return answer
        if name not in self._batches:
            from factory.llm.batches import Batches  # loads the openai package

            endpoint = self.endpoints[name].all[0]
            keep = partial(self._keep, name)
            attempts = self.settings.attempts
            self._batches[name] = Batches(
                self.models[name], endpoint, self.journal.folder, keep, attempts
            )
        errand.tally.add(errand.tag.role, name, "sent")
        return await self._batches[name].answer(request, errand.tag, errand.deadline)

    async def _keep(self, name: str, request: Request, answer: Answer, tag: Tag) -> None:
        """Make an answer durable, once."""
        cost = price(answer.usage, self.models[name].prices)
        await self.journal.append(request, answer, tag, cost)
        self._paid += 1
        self._paid_cost += cost or 0.0

    def _check_cap(self, name: str, request: Request) -> None:
        """Stop before what is in flight would go beyond the cap: by the mean cost so far, before
        the first answer by an estimate."""
        cap = self.settings.max_cost
        if cap is None:
            return
        self.journal.refresh_after(CAP_REFRESH_SECONDS)
        if self._paid:
            typical = self._paid_cost / self._paid
        else:
            guess = {"prompt_tokens": int(self._tokens(request))}
            typical = price(guess, self.models[name].prices) or 0.0
        # The other worker processes have as much in flight as this one, more or less.
        processes = 1 + self.journal.other_writers(self.settings.request_seconds)
        if self.journal.spent + len(self._sending) * processes * typical >= cap:
            raise SpendingCapReached(
                f"llm.max_cost {cap:g} is reached (spent {self.journal.spent:.4f}); what was paid "
                "for is in the journal: raise it and run the same command to go on"
            )

    async def _send(self, name: str, request: Request, errand: Errand) -> Answer:
        """Attempt after attempt until an answer, a refusal, or the deadline."""
        loop = asyncio.get_running_loop()
        role = errand.tag.role
        attempt = used = 0
        last: Retryable | None = None
        while True:
            endpoint = await self._admit(name, request, errand, last)
            errand.tally.add(role, name, "sent")
            try:
                return await self._attempt(name, endpoint, request, errand, used)
            except Retryable as error:
                last = error
                endpoint.failed(error, loop.time())
                self.endpoints[name].wake()
            except BaseException:
                endpoint.gave_up()
                self.endpoints[name].wake()
                raise
            errand.tally.add(role, name, "throttled" if isinstance(last, Throttled) else "failed")
            used += last.counts
            if used >= self.settings.attempts:
                raise ModelFailed(last.reason, f"{used} attempts; the last: {last.detail}")
            delay = backoff(attempt, last.retry_after)
            attempt += 1
            if loop.time() + delay >= errand.deadline:
                raise ModelFailed("llm_deadline", f"the last attempt: {last.detail}")
            await asyncio.sleep(delay)
            errand.tally.add(role, name, "retried")

    async def _admit(
        self, name: str, request: Request, errand: Errand, last: Retryable | None
    ) -> Endpoint:
        endpoints = self.endpoints[name]
        now = asyncio.get_running_loop().time()
        cause = last.detail if last else "no endpoint had room"
        if endpoints.down(errand.tag.role, self.settings.record_seconds, now) and not any(
            endpoint.room(now) for endpoint in endpoints.all
        ):
            raise ModelFailed("llm_unavailable", f"no answer from any endpoint; {cause}")
        try:
            return await endpoints.admit(errand.tag.record, self._tokens(request), errand.deadline)
        except TimeoutError:
            raise ModelFailed("llm_deadline", cause) from None

    async def _attempt(
        self, name: str, endpoint: Endpoint, request: Request, errand: Errand, failures: int
    ) -> Answer:
        loop = asyncio.get_running_loop()
        model = self.models[name]
        began = loop.time()
        until = min(errand.deadline, began + self.settings.request_seconds)
        try:
            async with asyncio.timeout_at(until):
                sent = as_sent(request, model, endpoint.profile, failures)
                body = await self.transport.post(endpoint.settings, request.path, sent)
        except TimeoutError:
            raise TimedOut(f"no answer in {loop.time() - began:.1f} s") from None
        answer = _read(body, request, endpoint)
        self._check_identity(model, answer, name, errand)
        now = loop.time()
        tokens = answer.usage["prompt_tokens"] + answer.usage["completion_tokens"]
        endpoint.succeeded(errand.tag.role, now - began, tokens - self._tokens(request))
        self.endpoints[name].note_success(now)
        self.endpoints[name].wake()
        return answer

    def _check_identity(
        self, model: ModelSettings, answer: Answer, name: str, errand: Errand
    ) -> None:
        if answer.model != model.name:
            errand.tally.add(errand.tag.role, name, "other_model")
        if answer.id:
            known = hash(answer.id)
            if known in self._ids or known in self._older_ids:
                errand.tally.add(errand.tag.role, name, "repeated_id")
            self._ids.add(known)
            if len(self._ids) >= IDS_REMEMBERED:
                self._older_ids, self._ids = self._ids, set()
        if model.answers_as and answer.model not in model.answers_as:
            raise Malformed(f"asked {model.name}, answered by {answer.model}")

    def _tokens(self, request: Request) -> float:
        """An estimate of a request's tokens, good enough for rates."""
        payload = request.payload
        if request.path == "/embeddings":
            return sum(map(len, payload["input"])) / CHARS_PER_TOKEN
        chars = sum(len(message.get("content") or "") for message in payload["messages"])
        return chars / CHARS_PER_TOKEN + 0.25 * float(payload.get("max_tokens", 1024))


def _read(body: Mapping[str, Any], request: Request, endpoint: Endpoint) -> Answer:
    """What a response's body says. Raises Malformed."""
    if request.path == "/embeddings":
        return read_embeddings(body, len(request.payload["input"]))
    return as_answered(read_answer(body), request, endpoint.profile)
