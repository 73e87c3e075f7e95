"""Stage: a domain record → its tools: its own and evolved ones, and those that an author writes
for it, which are asked for, compiled, proven, and kept or rejected.

Written tools are the same in every stage that looks at them: the answers are in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.records import Record
from factory.stage import AuthorFailed, Context, Reject, seeded
from factory.tools.authoring import Answer, Failure, ToolAuthor, ToolBrief, Trial
from factory.tools.dedup import left_out, tool_key
from factory.tools.evolution.place import Place
from factory.tools.prove import Proof
from factory.tools.synthesise import bodies, synthesise
from factory.tools.written import Bench, clash, compiled, proven
from factory.worlds.sampler import sample_state

STATES = 4
STEP = "write"
"""The evolution step of a written tool."""
WISHES = (
    "a change to two tables at once that people in this trade make in one go",
    "a report that groups or sums rows, as somebody in charge would ask for it",
    "a check whether something may be done, which says why not",
    "a change that a policy or a limit of the domain sometimes refuses, with its own error",
    "a list with filters that none of the existing tools offers",
    "a step of the life cycle with the conditions that a careful clerk would look at",
    "a look-up that gathers what belongs to one row over several tables",
    "a correction of something that was entered wrongly, as far as that is still allowed",
    "a tool for the rare case: a complaint, a loss, a delay, a replacement",
    "a computation over dates or money that is otherwise done by hand",
)


@dataclass(frozen=True)
class WrittenTool:
    """A tool body with its proof, and who wrote it."""

    operation: Mapping[str, Any]
    body: dict[str, Any]
    proof: Proof
    label: str


class ToolTrial(Trial):
    """Tries one answer after another; `made` is the last one's tool, if it was proven."""

    def __init__(
        self, bench: Bench, code: str, others: Sequence[Mapping[str, Any]], key: Sequence[object]
    ) -> None:
        super().__init__(self._tried)
        self.bench = bench
        self.code = code
        self.others = others
        self.key = key
        self.made: tuple[dict[str, Any], dict[str, Any], Proof] | None = None

    def _tried(self, answer: Answer) -> Failure | None:
        self.made = None
        operation = compiled(self.code, answer, self.bench)
        if isinstance(operation, Failure):
            return operation
        wrong = clash(operation, self.others)
        if wrong:
            return wrong
        operation["evolution"] = {"step": STEP, "parents": []}
        outcome = proven(operation, self.bench, seeded(*self.key))
        if isinstance(outcome, Failure):
            return outcome
        self.made = (operation, *outcome)
        return None


async def tools_of_domain(domain: Record, ctx: Context) -> list[Record | Reject]:
    """The domain's synthetic tools, then those written for it; a Reject for each of either kind
    that does not keep its promises."""
    made = list(await synthesise(domain, ctx))
    dropped = left_out(ctx)
    for tool in await written_tools(domain, ctx):
        if isinstance(tool, Reject):
            made.append(tool)
            continue
        key = tool_key(domain["id"], tool.body["name"])
        if key in dropped:
            made.append(Reject(*dropped[key], tool.body))
            continue
        proof = tool.proof.as_record(tool.body["annotations"]["readOnlyHint"])
        body = {**tool.body, "proof": proof}
        made.append(ctx.record("tool", body, parents=[domain["id"]], author=tool.label))
    return made


async def written_tools(domain: Record, ctx: Context) -> list[WrittenTool | Reject]:
    """The tools that the recipe has written for a domain, one after the other, none called like
    another of it; a Reject for each that could not be proven."""
    if not ctx.recipe.mix_of("tool_author"):
        return []
    others = [operation for operation, _ in bodies(domain, ctx)]
    author: ToolAuthor = ctx.authors["tool_author"]
    key = (ctx.seed, "tool_author", domain["id"])
    states = [sample_state(domain["world"], seeded(*key, "state", n)) for n in range(STATES)]
    bench = Bench(domain, states, Place(domain).style)
    count = ctx.recipe.tools.written_per_domain
    rng = seeded(*key, "wishes")
    wishes = rng.sample(WISHES, min(count, len(WISHES))) + rng.choices(WISHES, k=count)
    found: list[WrittenTool | Reject] = []
    written: list[Mapping[str, Any]] = []
    for number in range(count):
        trial = ToolTrial(bench, f"written.{number}", [*others, *written], (*key, "proof", number))
        brief = ToolBrief(domain, tuple(written), wishes[number], rng.getrandbits(31))
        where = f"{domain['name']}: tool {number + 1} of {count}"
        try:
            answer = await author.write(brief, trial)
        except AuthorFailed as error:
            found.append(trial.rejected(error, where))
            continue
        if answer is None:  # a dry run: what would be asked was counted
            continue
        wrong = trial.final(answer)
        if wrong is not None:
            found.append(Reject(wrong.reason, f"{where}: {wrong.detail}", answer))
            continue
        assert trial.made is not None
        operation, body, proof = trial.made
        written.append(operation)
        found.append(WrittenTool(operation, body, proof, author.label))
    return found
