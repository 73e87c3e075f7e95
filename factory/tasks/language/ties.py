"""The values of a wish with the words that tie them to it: "for 20 EUR", "at 18:00", "to 3 May"."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from factory.agents.grammar import CLOSE, OPEN, plain, protect
from factory.records import Record
from factory.tasks.goals import Goal, Plan
from factory.tasks.language.labels import (
    RANK,
    TIES,
    counted,
    date_pair,
    is_many,
    noun_label,
    shown_label,
    with_article,
)
from factory.tasks.language.measures import is_predicate, measure, said_of
from factory.tasks.language.parlance import (
    BOUNDS,
    BY_SO_MUCH,
    CASH,
    DEGREES,
    PLACED,
    SPANS,
    TOWARDS,
)
from factory.tasks.language.rows import CLOCK, WITHIN, placed
from factory.tasks.tables import World, words

_TENTHS = re.compile(r"\d+\.\d")
WRITTEN = (
    'with the {label} "{value}"',
    'with the {label} "{value}"',
    'giving "{value}" as the {label}',
    'under the {label} "{value}"',
    'with "{value}" as the {label}',
    '({label}: "{value}")',
)
SPOKEN = (
    'with the {label} "{value}"',
    'saying "{value}"',
    'with the words "{value}"',
    '({label}: "{value}")',
)
"""How a text of the user's is tied to an act; what is said and what is put in writing."""


def title_of(tool: Record, name: str) -> str:
    """A tool's title in lower case."""
    title = str(tool.get("title") or words(name))
    return " ".join(title.replace("_", " ").split()).lower()


def joined(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + f" and {parts[-1]}"


class Ties:
    """Ties the values of one plan's wishes; `said` is slot name → spoken form, slots in `hidden`
    are left out."""

    def __init__(
        self,
        world: World,
        plan: Plan,
        tools: Mapping[str, Record],
        said: Mapping[str, str],
        rng: random.Random,
        hidden: frozenset[str],
        bare: frozenset[str] = frozenset(),
    ) -> None:
        self.world = world
        self.plan = plan
        self.tools = tools
        self.said = said
        self.rng = rng
        self.hidden = hidden
        self.bare = bare
        self.implied: set[str] = set()
        """Slots of what the verb says: "unblock" for blocked: no."""
        """Slots of amounts that are told without a currency: in answer to a question."""

    def tied(self, goal: Goal) -> str:
        """The values the user gives: times and amounts first, the rest in one `with` list."""
        before: list[str] = []
        listed: list[str] = []
        marks: list[str] = []
        for slot in goal.values.values():
            if slot in self.hidden | self.implied or slot in (self.moved(goal), self.paid(goal)):
                continue
            pair = self._pair(goal, slot)
            kept = listed if pair.startswith("with ") else before
            (marks if pair.startswith(("marked ", "(")) else kept).append(pair)
        if not any(pair.startswith("to ") for pair in before):
            new = [s for s in goal.values.values() if self.label(s).startswith("new ")]
            clocks = [f"at {protect(self.said[s])}" for s in new]
            before = [f"to {p[3:]}" if p in clocks else p for p in before]
        listed = [pair.removeprefix("with ") for pair in listed]
        order = sorted(before, key=lambda pair: RANK.get(pair.split(" ")[0], 3))
        marks.sort(key=lambda pair: pair.startswith("("))
        last = [pair for pair in marks if pair.startswith("(")]
        parts = [*order, *marks[: len(marks) - len(last)], self._list(goal, listed), *last]
        return " ".join(part for part in parts if part).replace(") (", ", ")

    def _list(self, goal: Goal, listed: Sequence[str]) -> str:
        chance = self.rng.random()
        if not listed:
            return ""
        if goal.write and listed[0].startswith("the name "):
            called = f"named {listed[0].removeprefix('the name ')}"
            rest = listed[1:]
            rest = [pair.removeprefix("the ") for pair in rest]
            return called if not rest else f"{called} ({', '.join(rest)})"
        bare = [pair.removeprefix("the ") for pair in listed]
        if len(listed) >= 3 and chance < 0.4:
            return f"({', '.join(bare)})"
        if len(listed) >= 3 and chance < 0.55:
            return f"with these details: {'; '.join(bare)}"
        if chance > 0.85:
            return f"({', '.join(bare)})"
        return f"with {joined(listed)}"

    def moved(self, goal: Goal) -> str | None:
        """The slot of an amount that moves between two rows; it stands right after the verb."""
        if len(goal.targets) != 2:
            return None
        return next((s for s in goal.values.values() if self.plan.slots[s].label == "amount"), None)

    def paid(self, goal: Goal) -> str | None:
        """The slot of an amount that goes to or from one row: "deposit 20 EUR to ..."."""
        rest = title_of(self.tools[goal.tool], goal.tool).split(" ")[1:]
        if len(goal.targets) != 1 or not goal.write or not rest or rest[0] not in TOWARDS:
            return None
        slots = self.plan.slots
        return next((s for s in goal.values.values() if slots[s].label == "amount"), None)

    def has_amount(self, goal: Goal) -> bool:
        """Whether an amount stands right behind the verb."""
        return self.moved(goal) is not None or self.paid(goal) is not None

    def money(self, slot: str) -> str:
        """An amount with the domain's currency."""
        currency = "" if slot in self.bare else f" {self.world.body['currency']}"
        said = self.said[slot]
        cents = "0" if _TENTHS.fullmatch(said) else ""  # 12.5 is written 12.50
        return protect(f"{said}{cents}{currency}")

    def label(self, slot: str) -> str:
        """The words of a slot's param."""
        return self.plan.slots[slot].label

    def what_moves(self, rest: str, slot: str) -> str:
        """The amount with what it is an amount of: "20 EUR", "a budget of 20 EUR"."""
        what = "" if rest.startswith("between ") else rest.partition(" between ")[0]
        return self.money(slot) if what in CASH else f"a {what} of {self.money(slot)}"

    def _pair(self, goal: Goal, slot: str) -> str:
        """One value with the words that tie it to the act."""
        spec = self.plan.slots[slot]
        value = protect(self.said[slot])
        label = self.label(slot)
        title = title_of(self.tools[goal.tool], goal.tool)
        if label == "amount" and goal.write:
            by = title.split(" ")[0] in ("debit", "credit", "top", "raise", "lower")
            return f"{'by' if by else 'for'} {self.money(slot)}"
        bound, _, rest = label.partition(" ")
        numeric = isinstance(spec.value, int | float) and not isinstance(spec.value, bool)
        if rest and not goal.write and bound in BOUNDS and numeric:
            what = rest if is_many(rest) else with_article(rest)
            return f"with {what} of {BOUNDS[bound]} {value}"
        if rest and bound == "from" and numeric:
            return f"from {value} {rest}"
        if spec.kind == "money" and goal.write:
            what = f"the {label}" if label.startswith("new ") else with_article(label)
            return f"with {what} of {self.money(slot)}"
        if CLOCK.fullmatch(str(spec.value)):
            return f"at {value}"
        if label in ("below", "above") and numeric:
            return f"{label} {value}"
        if goal.write and label in title.split(" ", 1)[-1]:
            return f'as "{value}"' if spec.kind == "text" else f"as {value}"
        if spec.kind == "date":
            return date_pair(label, value)
        if isinstance(spec.value, bool):
            return _so_or_not(label, spec.value)
        of = measure(label)
        if numeric and of:
            return f"with {with_article(of[0])} of {value} {of[1]}"
        if isinstance(spec.value, int) and is_many(label) and spec.value > 0:
            many = counted(label, self.said[slot]).partition(" ")[2]
            span = "by" if title.split(" ")[0] in BY_SO_MUCH else "for"
            return f"{span if label in SPANS else 'with'} {value} {many}"
        if numeric and goal.write and label not in PLACED and self.rng.random() < 0.75:
            what = f"the {label}" if label.startswith("new ") else with_article(noun_label(label))
            return f"with {what} of {value}"
        return self._named(spec.kind, label, value, goal)

    def _named(self, kind: str, label: str, value: str, goal: Goal) -> str:
        write = goal.write
        if label in ("email", "e mail"):
            label = "e-mail"
        if kind == "text":
            said = SPOKEN if label in ("text", "comment") else WRITTEN
            return self.rng.choice(said).format(label=label, value=value)
        if label == "language":
            return f"in {value}"
        if plain(value).lower().startswith(f"{label} "):
            return f"with {value}"
        last = label.split(" ")[-1]
        if kind == "category" and last in WITHIN:
            named = value.lower().strip(f"{OPEN}{CLOSE}").startswith(last)
            return f"in {value}" if named else f"in the {value} {label}"
        if kind == "category" and label == "post":
            return f"at the {value} post"
        if label in PLACED:
            return placed(label, value)
        if last in TIES:
            return f"{label} {value}"
        if plain(value).lower().endswith(f" {last}"):
            return f"with {value}"  # "full board", of the field "board"
        noun = noun_label(shown_label(label))
        alone = sum(slot not in self.hidden for slot in goal.values.values()) == 1
        if kind == "category":
            return self._of_category(label, value, noun, alone and write)
        if alone and write and self.rng.random() < 0.3 and not label.startswith(("new ", "name")):
            return f"with {value} as the {noun}"
        return f"with the {noun} {value}"

    def _of_category(self, label: str, value: str, noun: str, alone: bool) -> str:
        """A value out of a few: "with high priority", "in the category leak", "(crew: yard)"."""
        if label in DEGREES:
            return f"with {value} {label}"
        chance = self.rng.random()
        if label == "category" and chance < 0.5:
            return f"in the category {value}"
        if alone and chance < 0.3:
            return f"with {value} as the {noun}"
        if chance < 0.65:
            return f"({noun}: {value})"
        return f"with the {noun} {value}" if chance < 0.8 else f"with {noun} {value}"


def _so_or_not(label: str, so: bool) -> str:
    """That something is so or not, behind an act: "marked as open", "with the fee not paid"."""
    part = said_of(label)
    if part:
        return f"with the {part[0]} {part[1] if so else 'not ' + part[1]}"
    if is_predicate(label):
        return f"marked as {label if so else 'not ' + label}"
    return f"({label.removeprefix('is ')}: {'yes' if so else 'no'})"
