"""How a person names a row: by its id, by what is known of it, as the first of several.

All phrases come back with their facts marked (factory/agents/grammar.py).
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from factory.agents.grammar import CLOSE, OPEN, plain, protect
from factory.tasks.goals import Group, Plan
from factory.tasks.language.labels import (
    PEOPLE,
    TIES,
    counted,
    date_pair,
    is_many,
    noun_label,
    runs_on,
    shown_label,
    with_article,
)
from factory.tasks.language.measures import measure
from factory.tasks.language.parlance import DEGREES, PLACED, TOLD
from factory.tasks.tables import Fact, World, words

CLOCK = re.compile(r"\d{1,2}:\d{2}")
EARLIEST = ("earliest", "first")
LATEST = ("latest", "last")
LONG_WORDS = 4
"""A row named in so many words is "that booking" when it is named again."""
WITHIN = frozenset(
    [
        "slot",
        "block",
        "band",
        "shift",
        "area",
        "zone",
        "hall",
        "section",
        "region",
        "wing",
        "room",
        "bay",
        "stage",
        "department",
        "stream",
        "class",
    ]
)
"""Fields whose value stands before the label: "in the evening slot"."""
_PLACES = frozenset(("city", "town", "base", "language", "station"))
"""Fields whose value stands alone behind "in"."""
_TITLES = {
    "title": ('titled "{}"', 'called "{}"', 'with the title "{}"'),
    "name": ('called "{}"', 'named "{}"', '"{}"'),
    "subject": ('about "{}"', 'with the subject "{}"', '(subject: "{}")'),
    "caption": ('captioned "{}"', 'with the caption "{}"'),
    "place": ('at "{}"', 'at the place "{}"'),
}
_LABELLED = ("with the {} {}", "with {} {}", "with {} {}", "({}: {})", "({}: {})", "({} {})")
_RANKS = frozenset(
    ("status", "rank", "role", "trade", "profession", "grade", "title", "post", "discipline")
    + ("speciality", "level", "tier", "kind", "type", "skill")
)
"""Of people, what stands before the noun: "the captain crew member"."""

_EMAILS = (
    "with the e-mail {}",
    "with e-mail {}",
    "(e-mail {})",
    "(e-mail: {})",
    "whose e-mail is {}",
    "whose address is {}",
    "({})",
    "registered under {}",
    "who writes from {}",
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


class RowNames:
    """Names the rows of one plan; `said` is slot name → spoken form.

    Slots in `hidden` are left out: the user gives them only when asked.
    """

    def __init__(
        self,
        world: World,
        plan: Plan,
        said: Mapping[str, str],
        style: int,
        hidden: frozenset[str],
        made: Mapping[str, Sequence[str]],
    ) -> None:
        self.world = world
        self.plan = plan
        self.said = said
        self.style = style
        self.rng = random.Random(style)
        self.hidden = hidden
        self.made = made
        """Table → ids of the rows that the plan makes, in order."""
        self.phrases: dict[tuple[str, str], str] = {}
        self.nouns: dict[tuple[str, str], str] = {}

    def row(self, table: str, row_id: str) -> str:
        """How the user names a row; the same words each time in one conversation."""
        key = (table, row_id)
        if key not in self.phrases:
            self.nouns[key] = self.world.noun(table)
            self.rng.seed(f"{self.style} {table} {row_id}")
            self.phrases[key] = self._named_row(key)
        return self.phrases[key]

    def _named_row(self, key: tuple[str, str]) -> str:
        table = key[0]
        if key in self.plan.told:
            said = protect(self.said[self.plan.told[key]])
            return self.rng.choice(TOLD).format(noun=self.world.noun(table), id=said)
        if key in self.plan.extremes:
            return self._extreme(self.plan.extremes[key])
        if key in self.plan.referents:
            facts = self.plan.referents[key]
            return self.facts(table, [f for f in facts if self.plan.slot_of(f) not in self.hidden])
        return self._met_before(*key)

    def share(self, other: RowNames) -> None:
        """Use the names that `other` gives, and give it those given here."""
        self.phrases, self.nouns = other.phrases, other.nouns

    def again(self) -> dict[str, str]:
        """Long name → "that booking", for rows that no other row named here could be meant by."""
        nouns = list(self.nouns.values())
        return {
            phrase: f"that {self.nouns[key]}"
            for key, phrase in self.phrases.items()
            if len(plain(phrase).split()) >= LONG_WORDS and nouns.count(self.nouns[key]) == 1
        }

    def _met_before(self, table: str, row_id: str) -> str:
        """A row that an earlier goal made or that belongs to a row named before."""
        made = self.made.get(table, ())
        for facts in self.plan.referents.values():
            inner = [f for f in facts if f.path and f.table == table]
            if inner and row_id not in made:  # a new one is not the one that was named before
                return self.facts(
                    table, [Fact(f.path[1:], f.table, f.field, f.value) for f in inner]
                )
        if (table, row_id) in self.plan.via:
            return f"the {self.world.noun(table)} of {self.row(*self.plan.via[(table, row_id)])}"
        which = f"{_ORDINALS[made.index(row_id)]} " if len(made) > 1 and row_id in made else ""
        new = self.rng.choice(("the new", "that new")) if not which else f"the {which}new"
        return f"{new} {self.world.noun(table)}"

    def _extreme(self, group: Group) -> str:
        """The earliest, cheapest, ... of a group."""
        phrase = self.facts(group.table, group.facts, one=True).removeprefix("the ")
        spec = self.world.fields[group.table][group.field]
        label = words(group.field)
        least = group.order == "min"
        if spec["type"] == "date":
            return self._dated(phrase, label, least)
        if spec["type"] == "integer" and (label.endswith("s") or label in PEOPLE):
            return f"the {phrase} with the {'fewest' if least else 'most'} {label}"
        if label in ("price", "fee", "rate", "cost"):
            return f"the {'cheapest' if least else 'most expensive'} {phrase}"
        return f"the {phrase} with the {'lowest' if least else 'highest'} {noun_label(label)}"

    def _dated(self, phrase: str, label: str, least: bool) -> str:
        head, _, last = label.rpartition(" ")
        if label in ("date", "day", "on"):
            return f"the {self.rng.choice(EARLIEST if least else LATEST)} {phrase}"
        if head and last in ("on", "at", "for") and runs_on(label) and " " not in head:
            return f"the {'earliest' if least else 'most recently'} {head} {phrase}"
        if head in ("starts", "ends", "begins"):
            going = {"starts": "starting", "ends": "ending", "begins": "beginning"}[head]
            return f"the {'earliest' if least else 'latest'} {going} {phrase}"
        return f"the {phrase} with the {'earliest' if least else 'latest'} {noun_label(label)}"

    # --- facts --------------------------------------------------------------------------------

    def facts(self, table: str, facts: Sequence[Fact], noun: str = "", one: bool = False) -> str:
        """A noun phrase for the row of `table` for which `facts` hold; `noun`: a plural, for all
        rows for which they hold; `one`: of which more is to be said before the noun."""
        own = [f for f in facts if not f.path]
        names = [f for f in own if self._is_name(table, f)]
        through: dict[str, list[Fact]] = {}
        for fact in facts:
            if fact.path:
                through.setdefault(fact.path[0], []).append(
                    Fact(fact.path[1:], fact.table, fact.field, fact.value)
                )
        if names and len(own) == 1 and not through and not noun:
            return self._named(table, names[0])
        noun = noun or self.world.noun(table)
        adjectives: list[str] = []
        tail: list[str] = []
        for fact in own:
            if fact in names[:1]:
                value = self._value(fact)
                tail.insert(0, value if self._person(fact) else f'"{value}"')
            elif self._before_noun(fact, noun, adjectives):
                at = 0 if fact.field.lower().endswith("status") else 1
                adjectives.insert(at, self._value(fact))
            elif not _repeats(noun, fact.value):
                tail.append(self.qualifier(fact))
        owner = ""
        for inner in through.values():
            reference = self._inner_table(table, facts, inner)
            whose = self.facts(reference, inner)
            genitive = not one and len(inner) == 1 and self._person(inner[0])
            if genitive and not owner and whose[:1] == OPEN and whose[-1:] == CLOSE:
                owner = whose if self.rng.random() < 0.4 else ""
            if not owner or owner != whose:
                tail.append(f"{self.rng.choice(('of', 'for'))} {whose}")
        tail.sort(key=lambda part: part.startswith("("))  # what is in brackets comes last
        return " ".join([f"{owner}'s" if owner else "the", *adjectives, noun, *tail])

    def qualifier(self, fact: Fact) -> str:
        """A fact behind a noun: "placed on 3 May", "in the evening slot", "with the serial X"."""
        value, label = self._value(fact), words(fact.field)
        kind = self.kind(fact)
        if kind == "date":
            tied = date_pair(label, value)
            if tied.startswith("with "):
                return self._labelled(noun_label(label), value)
            long = label.count(" ") > 1
            return f"({tied})" if long or (runs_on(label) and self.rng.random() < 0.2) else tied
        if CLOCK.fullmatch(str(fact.value)):
            return f"at {value}"
        last = label.split(" ")[-1]
        if kind == "category" and last in TIES:
            return f"{label} {value}"
        if kind == "category" and last in WITHIN:
            named = plain(value).lower().startswith(last)
            return f"in {value}" if named else f"in the {value} {label}"
        if kind == "category" and last in _PLACES:
            return f"in {value}"
        if kind == "category" and last == "post":
            return f"at the {value} post"
        if label in PLACED:
            return placed(label, value)
        if kind == "category" and label in DEGREES:
            return f"with {value} {label}"
        if isinstance(fact.value, int) and is_many(label):
            return f"with {counted(label, value)}"
        if isinstance(fact.value, int | float) and (of := measure(label)):
            return f"with {with_article(of[0])} of {value} {of[1]}"
        if kind in ("text", "name") and not self._person(fact):
            if label in _TITLES:
                return self.rng.choice(_TITLES[label]).format(value)
            return self._labelled(label, f'"{value}"')
        if kind == "email":
            return self.rng.choice(_EMAILS).format(value)
        return self._labelled(shown_label(label), value)

    def _labelled(self, label: str, value: str) -> str:
        """A field and its value behind a noun."""
        if plain(value).lower().startswith(f"{label} "):
            return f"({value})"
        if plain(value).lower().endswith(f" {label}"):
            return f"with {value}"
        return self.rng.choice(_LABELLED).format(label, value)

    def _before_noun(self, fact: Fact, noun: str, taken: Sequence[str]) -> bool:
        """One category stands before the noun, and a status before that; not where the noun says
        it, and nothing that is a name or a time."""
        if self.kind(fact) != "category" or any(map(str.isdigit, str(fact.value))):
            return False
        if self.is_person(fact.table) and words(fact.field).split(" ")[-1] not in _RANKS:
            return False
        if _repeats(noun, fact.value) or words(fact.field).split(" ")[-1] in _PLACES:
            return False
        return not taken or fact.field.lower().endswith("status")

    def _is_name(self, table: str, fact: Fact) -> bool:
        """Whether a fact is what the row is called, not somebody who has to do with it."""
        own = words(fact.field).split(" ")[-1] in ("name", "title", "sign")
        return self.kind(fact) == "name" and (own or not self._person(fact))

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

    def is_person(self, table: str) -> bool:
        """Whether the rows of a table are people."""
        fields = self.world.fields[table]
        return any("person" in f.get("gen", {}) for n, f in fields.items() if _called(n))

    def kind(self, fact: Fact) -> str:
        """The world's kind of the fact's field."""
        return str(self.world.fields[fact.table][fact.field]["kind"])

    def _value(self, fact: Fact) -> str:
        return protect(self.said[self.plan.slot_of(fact)])


def placed(label: str, value: str) -> str:
    """Where something is: "at table 10", "on bench 2", "in the compression suite"."""
    bare, word = plain(value).lower(), PLACED[label]
    if bare.startswith(label):
        return f"{word} {value}"
    if bare[:1].isdigit() or len(bare) < 3:
        return f"{word} {label} {value}"
    return f"{word} {value}" if bare != plain(value) else f"{word} the {value} {label}"


def _called(field: str) -> bool:
    return words(field).split(" ")[-1] == "name"


def _repeats(noun: str, value: object) -> bool:
    """Whether a noun begins with a value: an "evening duty" in the evening."""
    return noun.lower().startswith(f"{str(value).lower()} ")
