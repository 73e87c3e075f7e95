"""What can go wrong between a request and its answer, each with a reason code.

`AuthorFailed` (factory.stage) rejects the record; `RunStopped` ends the run. The rest is retried.
"""

from __future__ import annotations

from factory.stage import AuthorFailed, RunStopped


class Retryable(Exception):
    """One attempt failed in a way that another may not. `detail` is for people."""

    reason = "llm_failed"
    overload = False
    """Whether the failure says that the server has too much to do."""
    counts = True
    """Whether it uses up an attempt; what doesn't is bounded by the record's deadline."""

    def __init__(self, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        """Seconds the server asked to wait; None if it didn't say."""


class Throttled(Retryable):
    """429, 503 or 529: too many requests."""

    reason = "llm_throttled"
    overload = True
    counts = False


class ServerFailed(Retryable):
    """408, 409, 425 or another 5xx."""

    reason = "llm_server_error"


class Unreachable(Retryable):
    """No connection, or it broke before the answer was whole."""

    reason = "llm_unreachable"
    counts = False


class TimedOut(Retryable):
    """No whole answer within the request's deadline."""

    reason = "llm_timeout"
    overload = True


class Malformed(Retryable):
    """Status 200, but not a chat completion: cut JSON, HTML, nothing, too much of it."""

    reason = "llm_malformed"


class ModelFailed(AuthorFailed):
    """The record can't have its answer. Reasons that a later run may not meet are `TRANSIENT`."""


class AnswerCutOff(ModelFailed):
    """An answer reached its length limit, and whoever asked would rather ask for less."""


class RequestRefused(ModelFailed):
    """The server refuses this request and would again (400, 413, 422)."""


class EndpointUnusable(RunStopped):
    """Nothing can be had from the endpoint: wrong URL, key, model name, or an empty account."""


class SpendingCapReached(RunStopped):
    """The recipe's `llm.max_cost` is spent."""


class JournalFailed(RunStopped):
    """An answer can't be made durable, so no further answer may be paid for."""
