"""From plans to phrases: how a person names a row, states a wish, puts a question.

All phrases come back with their facts marked (factory/agents/grammar.py).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.agents.grammar import CLOSE, OPEN, plain, protect
from factory.records import Record
from factory.tasks.goals import Goal, Group, Plan
from factory.tasks.labels import AFTER, RANK, READ_VERBS, date_pair, noun_label, preposition
from factory.tasks.parlance import (
    BOUNDS,
    CASH,
    CONDITIONS,
    GENERIC,
    MOVES,
    ONLY_IF,
    OR_NOTHING,
    OTHERWISE,
    PEOPLE,
    STATES,
    SYNONYMS,
    TOLD,
    TOWARDS,
)
from factory.tasks.tables import Fact, World, words
from factory.tasks.verbs import PARTICLES

_CLOCK = re.compile(r"\d{1,2}:\d{2}")
EARLIEST = ("earliest", "first")
LATEST = ("latest", "last")
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
    """Words the rows, goals and values of one plan; `said` is slot name → spoken form.

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
    ) -> None:
        self.world = world
        self.plan = plan
        self.tools = tools
        self.said = said
        self.rng = rng
        self.hidden = hidden
        self.phrases: dict[tuple[str, str], str] = {}

    # --- rows ---------------------------------------------------------------------------------

    def row(self, table: str, row_id: str) -> str:
        """How the user names a row; the same words each time in one conversation."""
        key = (table, row_id)
        if key not in self.phrases:
            if key in self.plan.told:
                said = protect(self.said[self.plan.told[key]])
                form = self.rng.choice(TOLD)
                self.phrases[key] = form.format(noun=self.world.noun(table), id=said)
            elif key in self.plan.extremes:
                self.phrases[key] = self._extreme(self.plan.extremes[key])
            elif key in self.plan.referents:
                facts = self.plan.referents[key]
                told = [f for f in facts if self.plan.slot_of(f) not in self.hidden]
                self.phrases[key] = self.facts(table, told)
            else:
                self.phrases[key] = self._met_before(table, row_id)
        return self.phrases[key]

    def _met_before(self, table: str, row_id: str) -> str:
        """A row that an earlier goal made or that belongs to a row named before."""
        for facts in self.plan.referents.values():
            inner = [f for f in facts if f.path and f.table == table]
            if inner:
                return self.facts(
                    table, [Fact(f.path[1:], f.table, f.field, f.value) for f in inner]
                )
        if (table, row_id) in self.plan.via:
            return f"the {self.world.noun(table)} of {self.row(*self.plan.via[(table, row_id)])}"
        return f"{self.rng.choice(('the new', 'that new'))} {self.world.noun(table)}"

    def _extreme(self, group: Group) -> str:
        """The earliest, cheapest, ... of a group."""
        phrase = self.facts(group.table, group.facts).removeprefix("the ")
        spec = self.world.fields[group.table][group.field]
        label = words(group.field)
        least = group.order == "min"
        if spec["type"] == "date" and label in ("date", "day", "on"):
            return f"the {self.rng.choice(EARLIEST if least else LATEST)} {phrase}"
        if spec["type"] == "integer" and (label.endswith("s") or label in PEOPLE):
            return f"the {phrase} with the {'fewest' if least else 'most'} {label}"
        if label in ("price", "fee", "rate", "cost"):
            return f"the {'cheapest' if least else 'most expensive'} {phrase}"
        if spec["type"] == "date":
            return f"the {phrase} with the {'earliest' if least else 'latest'} {noun_label(label)}"
        return f"the {phrase} with the {'lowest' if least else 'highest'} {noun_label(label)}"

    def facts(self, table: str, facts: Sequence[Fact], noun: str = "") -> str:
        """A noun phrase for the row of `table` for which `facts` hold; `noun`: a plural, for all
        rows for which they hold."""
        noun = noun or self.world.noun(table)
        own = [f for f in facts if not f.path]
        names = [f for f in own if self.kind(f) == "name"]
        through: dict[str, list[Fact]] = {}
        for fact in facts:
            if fact.path:
                through.setdefault(fact.path[0], []).append(
                    Fact(fact.path[1:], fact.table, fact.field, fact.value)
                )
        if names and len(own) == 1 and not through:
            return self._named(table, names[0])
        adjectives: list[str] = []
        tail: list[str] = []
        for fact in own:
            value = self._value(fact)
            if fact in names[:1]:
                tail.insert(0, f'"{value}"' if not self._person(fact) else f"{value}")
            elif self.kind(fact) == "date":
                label = words(fact.field)
                plain_date = label in ("date", "day", "on")
                tail.append(f"on {value}" if plain_date else self._labelled(label, value))
            elif self.kind(fact) == "category" and _CLOCK.fullmatch(str(fact.value)):
                tail.append(f"at {value}")
            elif self.kind(fact) == "category" and _adjective(fact, adjectives):
                adjectives.insert(0 if fact.field.lower().endswith("status") else 1, value)
            else:
                label = "e-mail" if self.kind(fact) == "email" else words(fact.field)
                shown = f'"{value}"' if self.kind(fact) == "text" else value
                tail.append(self._labelled(label, shown))
        owner = ""
        for inner in through.values():
            reference = self._inner_table(table, facts, inner)
            whose = self.facts(reference, inner)
            if len(inner) == 1 and self._person(inner[0]) and not owner and whose[:1] == OPEN:
                owner = whose if self.rng.random() < 0.4 else ""
            if not owner or owner != whose:
                tail.insert(0, f"{self.rng.choice(('of', 'for'))} {whose}")
        return " ".join([f"{owner}'s" if owner else "the", *adjectives, noun, *tail])

    def _labelled(self, label: str, value: str) -> str:
        """A field and its value behind a noun."""
        form = self.rng.choice(
            ("({} {})", "with {} {}", "with {} {}", "with the {} {}", "({}: {})")
        )
        return form.format(label, value)

    def _inner_table(self, table: str, facts: Sequence[Fact], inner: Sequence[Fact]) -> str:
        reference = next(
            f.path[0]
            for f in facts
            if f.path and Fact(f.path[1:], f.table, f.field, f.value) in inner
        )
        return str(self.world.fields[table][reference]["ref"])

    def _named(self, table: str, fact: Fact) -> str:
        value = self._value(fact)
        noun = self.world.noun(table)
        if self._person(fact):
            return self.rng.choice((value, value, f"{noun} {value}"))
        if noun.split()[-1].lower() in str(fact.value).lower():
            return value
        return self.rng.choice((f"the {noun} {value}", value, f'the {noun} "{value}"'))

    def _person(self, fact: Fact) -> bool:
        return "person" in self.world.fields[fact.table][fact.field].get("gen", {})

    def kind(self, fact: Fact) -> str:
        """The world's kind of the fact's field."""
        return str(self.world.fields[fact.table][fact.field]["kind"])

    def _value(self, fact: Fact) -> str:
        return protect(self.said[self.plan.slot_of(fact)])

    # --- goals --------------------------------------------------------------------------------

    def goal(self, goal: Goal) -> Wording:
        """The phrases of a goal."""
        if goal.answers:
            about = self._about(goal)
            if goal.condition is None:
                return Wording("", "", self._question(goal, about), about, self.said)
        short = self._act(goal)
        act = f"{short}{self._values(goal, short)}"
        if short.startswith("mark "):
            short = act
        about = self.row(*goal.condition["row"]) if goal.condition else short
        hidden = bool(self.hidden & set(goal.values.values()))
        bare = plain(short).split(" ")[0] in (*GENERIC, *MOVES) and not hidden
        verb = short.partition(" ")[0]
        if verb in SYNONYMS and self.rng.random() < SYNONYM_SHARE and not self._amounts(goal):
            other = self.rng.choice(SYNONYMS[verb])
            short, act = (f"{other}{text.removeprefix(verb)}" for text in (short, act))
            about = about if goal.condition else short
        return Wording(act, short, "", about, self.said, self._condition(goal), bare)

    def _condition(self, goal: Goal) -> str:
        """ ", but only if its status is open"; what to do otherwise is said too."""
        if goal.condition is None:
            return ""
        table = goal.condition["row"][0]
        if table not in self.world.fields:
            return self._elsewhere(goal.condition)
        person = any("person" in f.get("gen", {}) for f in self.world.fields[table].values())
        its = "their" if person else "its"
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

    def _about(self, goal: Goal) -> str:
        if goal.about is not None:
            return self.row(*goal.about)
        if goal.condition is not None:
            return self.row(*goal.condition["row"])
        if goal.group is not None:
            plural = self.world.plural(goal.group.table)
            return self.facts(goal.group.table, goal.group.facts, plural)
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
            first, _, rest = self._title(goal.tool).partition(" ")
            if first in READ_VERBS and plural.lower() in rest:
                plural = rest  # "list loans due soon" is about the loans due soon
            return f"the {plural}{self._targets(goal)}{self._filters(goal)}"
        if len(goal.targets) == 1 and not goal.values:
            return self.row(*next(iter(goal.targets.values())))
        title = self._title(goal.tool)
        first, _, rest = title.partition(" ")
        subject = rest if rest and first in READ_VERBS else title
        return f"the {subject}{self._targets(goal)}{self._filters(goal)}"

    def _question(self, goal: Goal, about: str) -> str:
        labels = [noun_label(str(answer["label"])) for answer in goal.answers]
        if goal.counted is not None:
            return f"the number of {about.removeprefix('the ')}"
        if goal.about is None and "list" in goal.answers[0]:
            return about
        joined = self._joined(labels)
        named = goal.about is not None and about[:1] == OPEN and about[-1:] == CLOSE
        if named and self.rng.random() < 0.4:
            return f"{about}'s {joined}"
        one = goal.about or goal.group or len(goal.targets) == 1
        return f"the {joined} {'of' if one else 'for'} {about}"

    def _targets(self, goal: Goal) -> str:
        out = []
        for param, (table, row_id) in goal.targets.items():
            out.append(f"{preposition(param) or 'for'} {self.row(table, row_id)}")
        return "".join(f" {part}" for part in out)

    def _filters(self, goal: Goal) -> str:
        parts = self._tied(goal)
        return f" {parts}" if parts else ""

    def _title(self, tool: str) -> str:
        title = str(self.tools[tool].get("title") or words(tool))
        return " ".join(title.replace("_", " ").split()).lower()

    def _act(self, goal: Goal) -> str:
        title = self._title(goal.tool)
        verb, _, rest = title.partition(" ")
        if (
            " or " in title
            or (verb in READ_VERBS and (goal.values or not goal.write))
            or (verb in GENERIC and goal.values and len(goal.targets) == 1)
        ):
            return self._generic_act(goal, title)
        particle, _, tail = rest.partition(" ")
        if particle in PARTICLES:
            verb, rest = f"{verb} {particle}", tail
        moved = self._moved(goal)
        if moved is not None and moved not in self.hidden:
            ends = [(preposition(p) or "for", p) for p in goal.targets]
            tail = " ".join(f"{word} {self.row(*goal.targets[p])}" for word, p in sorted(ends))
            what = "" if rest in CASH else f"a {rest} of "
            return f"{verb} {what}{self._money(moved)} {tail}"
        if moved is None and self._paid(goal) not in (None, *self.hidden):
            verb = f"{verb} {self._money(str(self._paid(goal)))}"
        placed, rest = self._placed(goal, rest, verb)
        named = set(goal.targets.values())
        others = [
            param
            for param, row in goal.targets.items()
            if param != placed and self.plan.via.get(row) not in named  # implied by that row
        ]
        if placed is None and others and rest.split(" ")[0] in AFTER:
            first = next((p for p in others if self._is_person(goal, p)), others[0])
            others.remove(first)
            head = f"{verb} {self.row(*goal.targets[first])} {rest}"
        elif placed is None:
            article = "a " if rest and not rest.endswith("s") else ""
            head = f"{verb} {article}{rest}".rstrip()
        else:
            head = f"{verb} {rest}"
            if particle in ("in", "on") and len(others) == 1:
                who = self.row(*goal.targets[others[0]])
                return f"{verb.split()[0]} {who} {particle} {rest}"
        people = [p for p in others if not preposition(p)]
        for param in sorted(others, key=lambda p: p in people and not self._is_person(goal, p)):
            table, row_id = goal.targets[param]
            word = preposition(param)
            if word is None and verb == "assign" and placed is not None:
                word = "to"
            if word is None:
                on_person = placed is not None and self._is_person(goal, placed)
                near = self._is_person(goal, param) or placed is None or on_person
                word = "for" if near else "with"
                if placed is None and not self._is_person(goal, param) and len(others) > 1:
                    word = "with"
            head += f" {word} {self.row(table, row_id)}"
        return head

    def _is_person(self, goal: Goal, param: str) -> bool:
        table = goal.targets[param][0]
        return any("person" in f.get("gen", {}) for f in self.world.fields[table].values())

    def _placed(self, goal: Goal, rest: str, verb: str) -> tuple[str | None, str]:
        """The target whose noun stands in the title, and the title with the row in its place."""
        best: tuple[int, str, str] | None = None
        for param, (table, _) in goal.targets.items():
            if preposition(param):
                continue
            for noun in (self.world.noun(table).lower(), words(table)):
                if re.search(rf"\b{re.escape(noun)}\b", rest) and (
                    best is None or len(noun) > best[0]
                ):
                    best = (len(noun), param, noun)
        if best is None:
            return None, rest
        _, param, noun = best
        phrase = self.row(*goal.targets[param])
        at = re.search(rf"\b{re.escape(noun)}\b", rest)
        assert at is not None
        before, after = rest[: at.start()].strip(), rest[at.end() :].strip()
        if verb == "mark" and after and after.split(" ")[0] != "as":
            return param, f"{phrase} as {after}"
        if after and (verb in STATES or after in CONDITIONS):
            return param, f"{before} {phrase} {after}".strip()
        if after.startswith("to ") and "to" in map(preposition, goal.targets):
            after = ""  # where to is said by the other row
        if after.split(" ")[0] in AFTER:
            return param, f"{before} {phrase} {after}".strip()
        if after:
            return param, f"{before + ' ' if before else ''}the {after} of {phrase}"
        return param, f"{before} {phrase}".strip()

    def _generic_act(self, goal: Goal, title: str) -> str:
        """Acts on one row by naming the fields: "change the price of X", "move X", "mark X"."""
        if not goal.targets:
            return title if title.split()[0] in READ_VERBS else f"use {title}"
        subject = " and ".join(self.row(*target) for target in goal.targets.values())
        specs = [self.plan.slots[slot] for slot in goal.values.values()]
        if not specs:
            return f"update {subject}"
        if all(s.kind == "date" or _CLOCK.fullmatch(str(s.value)) for s in specs):
            return f"{self.rng.choice(MOVES)} {subject}"
        if len(specs) == 1 and isinstance(specs[0].value, bool):
            return f"mark {subject}"
        labels = [self._field_label(param, slot) for param, slot in goal.values.items()]
        verb = self.rng.choice(("change", "set", "update"))
        return f"{verb} {self._joined([f'the {label}' for label in labels])} of {subject}"

    def _field_label(self, param: str, slot: str) -> str:
        return self._label(param, slot).removeprefix("new ")

    def _values(self, goal: Goal, short: str) -> str:
        if not goal.values:
            return ""
        verb = plain(short).split()[0]
        slot = next(iter(goal.values.values()))
        if verb == "mark" and isinstance(self.plan.slots[slot].value, bool):
            label = self._field_label(next(iter(goal.values)), slot)
            if slot in self.hidden:
                return ""
            return f" as {label if self.plan.slots[slot].value else 'not ' + label}"
        labels = [self._field_label(p, s) for p, s in goal.values.items()]
        if verb in GENERIC and all(f"the {label}" in short for label in labels):
            if self.hidden & set(goal.values.values()):
                return ""
            values = [protect(self.said[s]) for s in goal.values.values()]
            tail = self.rng.choice((" respectively", "", "")) if len(values) > 1 else ""
            return f" to {self._joined(values)}{tail}"
        tied = self._tied(goal)
        return f" {tied}" if tied else ""

    def _tied(self, goal: Goal) -> str:
        """The values the user gives: times and amounts first, the rest in one `with` list."""
        before: list[str] = []
        listed: list[str] = []
        for param, slot in goal.values.items():
            if slot in self.hidden or slot in (self._moved(goal), self._paid(goal)):
                continue
            pair = self._pair(goal, param, slot)
            (listed if pair.startswith("with ") else before).append(pair)
        if not any(pair.startswith("to ") for pair in before):
            new = [s for p, s in goal.values.items() if self._label(p, s).startswith("new ")]
            clocks = [f"at {protect(self.said[s])}" for s in new]
            before = [f"to {p[3:]}" if p in clocks else p for p in before]
        listed = [pair.removeprefix("with ") for pair in listed]
        chance = self.rng.random()
        if len(listed) >= 3 and chance < 0.4:
            tail = f"({', '.join(listed)})"
        elif len(listed) >= 2 and chance < 0.15:
            tail = f"with these details: {'; '.join(listed)}"
        elif len(listed) >= 2 and chance < 0.3:
            tail = f"using {self._joined(listed)}"
        else:
            tail = f"with {self._joined(listed)}" if listed else ""
        order = sorted(before, key=lambda pair: RANK.get(pair.split(" ")[0], 3))
        return " ".join([*order, tail]).strip()

    def _moved(self, goal: Goal) -> str | None:
        """The slot of an amount that moves between two rows; it stands right after the verb."""
        if len(goal.targets) != 2:
            return None
        return next(
            (s for p, s in goal.values.items() if self.plan.slots[s].label == "amount"), None
        )

    def _paid(self, goal: Goal) -> str | None:
        """The slot of an amount that goes to or from one row: "deposit 20 EUR to ..."."""
        rest = self._title(goal.tool).split(" ")[1:]
        if len(goal.targets) != 1 or not goal.write or not rest or rest[0] not in TOWARDS:
            return None
        slots = self.plan.slots
        return next((s for s in goal.values.values() if slots[s].label == "amount"), None)

    def _amounts(self, goal: Goal) -> bool:
        return self._moved(goal) is not None or self._paid(goal) is not None

    def _money(self, slot: str) -> str:
        return protect(f"{self.said[slot]} {self.world.body['currency']}")

    def _joined(self, parts: Sequence[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        return ", ".join(parts[:-1]) + f" and {parts[-1]}"

    def _label(self, param: str, slot: str) -> str:
        return self.plan.slots[slot].label

    def _pair(self, goal: Goal, param: str, slot: str) -> str:
        """One value with the words that tie it to the act."""
        spec = self.plan.slots[slot]
        value = protect(self.said[slot])
        label = self._label(param, slot)
        if label == "amount" and goal.write:
            verb = self._title(goal.tool).split(" ")[0]
            tie = "by" if verb in ("debit", "credit", "top", "raise", "lower") else "for"
            return f"{tie} {self._money(slot)}"
        bound, _, rest = label.partition(" ")
        if rest and not goal.write and bound in BOUNDS and not isinstance(spec.value, str | bool):
            return f"with {rest} of {BOUNDS[bound]} {value}"
        if rest and bound == "from" and isinstance(spec.value, int | float):
            return f"from {value} {rest}"
        if spec.kind == "money" and goal.write:
            return f"with {label} {self._money(slot)}"
        if goal.write and label in self._title(goal.tool).split(" ", 1)[-1]:
            return f"as {value}" if spec.kind != "text" else f'as "{value}"'
        if spec.kind == "date":
            return date_pair(label, value)
        if _CLOCK.fullmatch(str(spec.value)):
            return f"at {value}"
        if isinstance(spec.value, bool):
            return f"marked as {label if spec.value else 'not ' + label}"
        if isinstance(spec.value, int) and label.endswith("s") and spec.value > 0:
            return f"for {value} {label if spec.value > 1 else label[:-1]}"
        if label in ("email", "e mail"):
            label = "e-mail"
        if spec.kind == "text":
            return f'with the {label} "{value}"'
        if label.startswith("new "):
            return f"with the {label} {value}"
        if self.rng.random() < 0.15:
            return f"with {value} as {label}"
        return f"with {label} {value}"


def _adjective(fact: Fact, taken: Sequence[str]) -> bool:
    """One category stands before the noun, and a status before that."""
    return not taken or fact.field.lower().endswith("status")
