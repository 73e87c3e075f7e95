"""From plans to phrases: how a person states the wish or puts the question behind a goal.

How rows are named: rows.py; imperatives: acts.py; values: ties.py. All phrases come back with
their facts marked (factory/agents/grammar.py).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.agents.grammar import CLOSE, OPEN, plain, protect
from factory.records import Record
from factory.tasks.goals import Goal, Plan
from factory.tasks.language.acts import Acts
from factory.tasks.language.labels import READ_VERBS, asked_label, noun_label, preposition
from factory.tasks.language.parlance import GENERIC, MOVES, ONLY_IF, OR_NOTHING, OTHERWISE, SYNONYMS
from factory.tasks.language.rows import RowNames
from factory.tasks.language.ties import Ties, joined
from factory.tasks.language.verbs import PARTICLES
from factory.tasks.tables import World

SYNONYM_SHARE = 0.45


@dataclass(frozen=True)
class Wording:
    """One goal in words: the imperative with all values and without, and what a question asks."""

    act: str
    short: str
    ask: str
    about: str
    said: Mapping[str, str]
    """Slot → spoken form, as used here."""
    condition: str = ""
    """What is said after the imperative when the change is wanted only in one case."""
    complete: bool = False
    """Without the values the imperative would say too little: "move the booking"."""


class Phraser:
    """Words the goals of one plan; `said` is slot name → spoken form.

    Slots in `hidden` are left out: the user gives them only when asked.
    """

    def __init__(
        self,
        world: World,
        plan: Plan,
        tools: Mapping[str, Record],
        said: Mapping[str, str],
        rng: random.Random,
        hidden: frozenset[str] = frozenset(),
        bare: frozenset[str] = frozenset(),
        made: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.world = world
        self.plan = plan
        self.said = said
        self.rng = rng
        self.hidden = hidden
        self.tools = tools
        self.style = rng.getrandbits(32)
        self.rows = RowNames(world, plan, said, self.style, hidden, made or {})
        self.ties = Ties(world, plan, tools, said, rng, hidden, bare)
        self.acts = Acts(self.rows, self.ties)

    def goal(self, goal: Goal) -> Wording:
        """The phrases of a goal."""
        self.rng.seed(f"{self.style} {goal.step}")  # the same verbs whatever is kept back
        if goal.answers:
            about = self._about(goal)
            if goal.condition is None:
                return Wording("", "", self._question(goal, about), about, self.said)
        short = self.acts.act(goal)
        act = f"{short}{self.acts.values(goal, short)}"
        if short.startswith("mark "):
            short = act
        about = self.rows.row(*goal.condition["row"]) if goal.condition else short
        hidden = bool(self.hidden & set(goal.values.values()))
        bare = plain(short).split(" ")[0] in (*GENERIC, *MOVES) and not hidden
        verb = short.partition(" ")[0]
        if verb in SYNONYMS and self.rng.random() < SYNONYM_SHARE and self._free(goal, short):
            other = self.rng.choice(SYNONYMS[verb])
            short, act = (f"{other}{text.removeprefix(verb)}" for text in (short, act))
            about = about if goal.condition else short
        return Wording(act, short, "", about, self.said, self._condition(goal), bare)

    def _free(self, goal: Goal, short: str) -> bool:
        """Whether the verb may be said in another way: a single word, no amount, no "from"."""
        second = short.split(" ")[1:2]
        phrasal = bool(second) and second[0] in PARTICLES
        return not self.ties.has_amount(goal) and " from " not in short and not phrasal

    def _condition(self, goal: Goal) -> str:
        """ ", but only if its status is open"; what to do otherwise is said too."""
        if goal.condition is None:
            return ""
        table = goal.condition["row"][0]
        if table not in self.world.fields:
            return self._elsewhere(goal.condition)
        its = "their" if self.rows.is_person(table) else "its"
        label = noun_label(goal.condition["label"])
        value = protect(self.said[goal.condition["slot"]])
        only = self.rng.choice(ONLY_IF)
        other = self.rng.choice(OTHERWISE).format(label=label)
        return f"{only} {its} {label} is {value}{other}"

    def _elsewhere(self, condition: Mapping[str, Any]) -> str:
        """A condition on a row of another domain, which the user has just asked about."""
        only, label = self.rng.choice(ONLY_IF), noun_label(condition["label"])
        value = protect(self.said[condition["slot"]])
        return f"{only} this {label} is {value}{self.rng.choice(OR_NOTHING)}"

    # --- questions ----------------------------------------------------------------------------

    def _about(self, goal: Goal) -> str:
        if goal.about is not None:
            return self.rows.row(*goal.about)
        if goal.condition is not None:
            return self.rows.row(*goal.condition["row"])
        if goal.group is not None:
            plural = self.world.plural(goal.group.table)
            return self.rows.facts(goal.group.table, goal.group.facts, plural)
        tool = self.tools[goal.tool]
        listed = next(
            (
                r["table"]
                for r in tool["program"]["returns"].values()
                if r.get("type") == "array" and r.get("table")
            ),
            None,
        )
        if listed is not None:
            plural = self.world.plural(listed)
            first, _, rest = self.acts.title(goal).partition(" ")
            if first in READ_VERBS and plural.lower() in rest:
                plural = rest  # "list loans due soon" is about the loans due soon
            return f"the {plural}{self._targets(goal)}{self._filters(goal)}"
        if len(goal.targets) == 1 and not goal.values:
            return self.rows.row(*next(iter(goal.targets.values())))
        title = self.acts.title(goal)
        first, _, rest = title.partition(" ")
        subject = rest if rest and first in READ_VERBS else title
        return f"the {subject}{self._targets(goal)}{self._filters(goal)}"

    def _question(self, goal: Goal, about: str) -> str:
        if goal.counted is not None:
            return f"the number of {about.removeprefix('the ')}"
        if goal.about is None and "list" in goal.answers[0]:
            return about
        asked = [asked_label(str(a["label"]), a["value"]) for a in goal.answers]
        listed = joined(asked)
        named = goal.about is not None and about[:1] == OPEN and about[-1:] == CLOSE
        if named and self.rng.random() < 0.4:
            return f"{about}'s {listed}"
        one = goal.about or goal.group or len(goal.targets) == 1
        return f"the {listed} {'of' if one else 'for'} {about}"

    def _targets(self, goal: Goal) -> str:
        out = []
        for param, (table, row_id) in goal.targets.items():
            out.append(f"{preposition(param) or 'for'} {self.rows.row(table, row_id)}")
        return "".join(f" {part}" for part in out)

    def _filters(self, goal: Goal) -> str:
        parts = self.ties.tied(goal)
        return f" {parts}" if parts else ""
