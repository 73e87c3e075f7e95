"""Stage: a brief → a domain that an author wrote: tables, policies and operations of its own.

The world is bound and sampled, every operation compiled and proven, before the domain is kept. If
some operations can't be proven after the repairs, the domain is kept with the others, as long as
they are enough to work in, and each of the rest is a reject with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from factory.records import Record
from factory.stage import AuthorFailed, Context, Reject
from factory.tools.adopt import DIRECTIVE
from factory.tools.authoring import Answer, DomainAuthor, DomainBrief, Failure
from factory.tools.written import Bench, clash, compiled, proven, texts, told
from factory.tools.written_world import spec_of, world_problems
from factory.worlds.domains import domain_body
from factory.worlds.interpreter import FAULTS
from factory.worlds.sampler import sample_state
from factory.worlds.state import State
from factory.worlds.vocabulary import SpecError

STATES = 4
FEWEST_ROWS = 3
FEWEST_PROVEN = 4
"""Proven operations, among them one that reads and one that writes, that make a domain."""
GAVE_UP = "llm_invalid_answer"
"""The reason of an author whose last repair was no good either."""
NAMINGS = {"snake": 5.0, "camel": 3.0, "kebab": 2.0, "dotted": 1.0}
RUNNERS = (
    "a family business in its third generation",
    "a department of a mid-sized town",
    "a co-operative owned by its members",
    "a chain with a dozen branches",
    "a charity that lives on volunteers",
    "a start-up with more customers than staff",
    "a public institute with strict procedures",
    "a franchise on a main road",
    "a seasonal operation that opens half the year",
    "an office that serves other companies",
    "a club with a waiting list",
    "a workshop known for one thing",
)
PLACES = (
    "in a harbour town",
    "in a mountain valley",
    "on the edge of a big city",
    "in a university town",
    "on an island with one ferry",
    "near a border, in two languages",
    "in a region of small villages",
    "in an old industrial quarter",
    "by a large lake",
    "in a dry inland plain",
    "in the old town of a capital",
    "beside an airport",
)


class DomainTrial:
    """Tries one answer after another. `body` is the domain if all of the last one held;
    `best` the domain with the most proven operations so far, and the failures of its others."""

    def __init__(self, brief: DomainBrief, ctx: Context) -> None:
        self.brief = brief
        self.ctx = ctx
        self.answer: Answer | None = None
        self.body: dict[str, Any] | None = None
        self.best: dict[str, Any] | None = None
        self.failures: dict[str, Failure] = {}
        self.last = ""
        self.reason = ""

    def __call__(self, answer: Answer) -> str | None:
        """What its author has to put right, or None."""
        self.answer, self.body = answer, None
        problems = self._problems(answer)
        self.last = told(problems) if problems else ""
        return self.last or None

    def _problems(self, answer: Answer) -> list[str]:
        self.reason = "author_bad_world"
        problems = world_problems(answer)
        if answer["name"] in self.brief.avoid:
            problems.append(f"name: {answer['name']} is there already; write another domain")
        if any(DIRECTIVE.search(text) for text in texts(answer)):
            self.reason = "author_directive"
            problems.append("a text gives orders to whoever reads it; texts describe")
        if problems:
            return problems
        try:
            spec = spec_of(answer, self.brief.category, self.brief.naming, self.brief.params)
            body = domain_body(spec, self.ctx.child("wording"))
            states = [
                sample_state(body["world"], self.ctx.child("state", n)) for n in range(STATES)
            ]
        except (SpecError, *FAULTS) as error:
            return [f"the tables can't be filled: {type(error).__name__}: {error}"]
        empty = _thin(states)
        if empty:
            return [f"tables/{empty}: hardly any row can be drawn; unique rules leave no room"]
        return self._operations(answer, {**body, "id": "", "naming": self.brief.naming}, states)

    def _operations(self, answer: Answer, body: dict[str, Any], states: list[State]) -> list[str]:
        bench = Bench(body, states, self.brief.params)
        good: list[dict[str, Any]] = []
        failures: dict[str, Failure] = {}
        for code, written in answer["operations"].items():
            outcome = self._operation(code, written, bench, good)
            if isinstance(outcome, Failure):
                failures[code] = outcome
            else:
                good.append(outcome)
        policies, problems = _enforced(answer, body, good)
        domain = {key: value for key, value in body.items() if key != "id"}
        domain.update(operations=good, policies=policies)
        poor = _poor(good)
        if not poor and (self.best is None or len(good) > len(self.best["operations"])):
            self.best, self.failures = domain, failures
        problems = [f"operations/{code}: {f.told}" for code, f in failures.items()] + problems
        if poor and not failures:
            problems.append(poor)
        if not problems:
            self.body = domain
        self.reason = next((f.reason for f in failures.values()), "author_poor_domain")
        return problems

    def _operation(
        self, code: str, written: Answer, bench: Bench, others: list[dict[str, Any]]
    ) -> dict[str, Any] | Failure:
        operation = compiled(f"written.{code}", written, bench)
        if isinstance(operation, Failure):
            return operation
        wrong = clash(operation, others)
        if wrong:
            return wrong
        outcome = proven(operation, bench, self.ctx.child("proof", code))
        return outcome if isinstance(outcome, Failure) else operation

    def outcome(self, label: str, error: AuthorFailed | None) -> list[Record | Reject]:
        """What becomes of the brief when its author is done, or gave up with `error`."""
        if self.body is not None and error is None:
            return [self.ctx.record("domain", self.body, author=label)]
        named = f"{self.brief.category}: "
        if error is not None and error.reason != GAVE_UP:  # another run may have the answer
            return [Reject(error.reason, named + error.detail, self.answer)]
        if self.best is None:
            if error is not None and (not self.last or self.last not in error.detail):
                return [Reject(error.reason, named + error.detail, self.answer)]
            return [Reject(self.reason, named + self.last, self.answer)]
        written = self.best["name"]
        return [
            self.ctx.record("domain", self.best, author=label),
            *(
                Reject(failure.reason, f"{written}.{code}: {failure.detail}")
                for code, failure in self.failures.items()
            ),
        ]


async def author_domain(seed: Record, ctx: Context) -> list[Record | Reject]:
    """``seed``: {id, index, category, brief, avoid}. One domain record, and a Reject for each of
    its operations that could not be proven; or one Reject for the whole. Reasons: those of the
    proof, ``author_bad_world``, ``author_bad_program``, ``author_poor_domain``,
    ``author_directive``, ``author_name_clash``, ``author_same_program``, and the model's own."""
    brief = brief_of(seed, ctx)
    author: DomainAuthor = ctx.authors["domain_author"]
    trial = DomainTrial(brief, ctx)
    try:
        answer = await author.write(brief, trial)
    except AuthorFailed as error:
        return trial.outcome(author.label, error)
    if answer is None:
        return []
    if trial.answer is not answer:
        trial(answer)
    return trial.outcome(author.label, None)


def brief_of(seed: Mapping[str, Any], ctx: Context) -> DomainBrief:
    """What is asked for a seed: a category, somebody who works in it, a style of names."""
    rng = ctx.child("brief")
    return DomainBrief(
        category=seed["category"],
        angle=f"{rng.choice(RUNNERS)} {rng.choice(PLACES)}",
        brief=seed["brief"],
        naming=rng.choices(list(NAMINGS), list(NAMINGS.values()))[0],
        params=rng.choice(("snake", "snake", "camel")),
        avoid=tuple(seed["avoid"]),
        sample=rng.getrandbits(31),
    )


def _thin(states: list[State]) -> str:
    """A table in which the samples have hardly a row."""
    return next(
        (
            name
            for name in states[0].tables()
            if max(len(s.ids(name)) for s in states) < FEWEST_ROWS
        ),
        "",
    )


def _poor(operations: list[dict[str, Any]]) -> str:
    reads = {_reads(operation) for operation in operations}
    if len(operations) < FEWEST_PROVEN:
        return f"operations: {len(operations)}; at least {FEWEST_PROVEN}"
    return "" if reads == {True, False} else "operations: some must read, and some must write"


def _reads(operation: Mapping[str, Any]) -> bool:
    writes = ("insert", "update", "transition", "transfer", "delete")
    return not any(step["do"] in writes for step in operation["program"]["steps"])


def _enforced(
    answer: Answer, body: Mapping[str, Any], operations: list[dict[str, Any]]
) -> tuple[list[dict[str, str]], list[str]]:
    """(the policies that a proven operation holds to, what is wrong with the others)."""
    raised = {
        f"{operation['code'].removeprefix('written.')}.{error['code']}"
        for operation in operations
        for error in operation["program"]["errors"]
    }
    names = {policy["code"]: policy["enforced_by"] for policy in answer["policies"]}
    kept = [dict(policy) for policy in body["policies"] if names[policy["code"]] in raised]
    failed = set(answer["operations"]) - {
        operation["code"].removeprefix("written.") for operation in operations
    }
    problems = [
        f"policies/{code}: {where} is no operation.error of this domain"
        for code, where in names.items()
        if where not in raised and where.partition(".")[0] not in failed
    ]
    return kept, problems
