"""From a tool's title and a plan's values to an imperative: "move the booking of ... to 3 May"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from factory.agents.grammar import masked, plain, protect, tidy, unmasked
from factory.tasks.goals import Goal
from factory.tasks.language.labels import (
    AFTER,
    READ_VERBS,
    noun_label,
    preposition,
    shown_label,
    with_article,
)
from factory.tasks.language.measures import is_predicate, measure, said_of
from factory.tasks.language.parlance import (
    BESIDE,
    CONDITIONS,
    EXCHANGES,
    GENERIC,
    GIVING,
    INSIDE,
    JOINING,
    KNOWN,
    MAKING,
    MASS,
    MOVES,
    SEEKING,
    SENDING,
    STATES,
    TAKING,
    TIMES,
    UNDONE,
    UPON,
)
from factory.tasks.language.rows import CLOCK, RowNames
from factory.tasks.language.ties import Ties, joined, title_of
from factory.tasks.language.verbs import PARTICLES, past
from factory.tasks.tables import words


class Acts:
    """Puts the changes that one plan's wishes ask for as imperatives."""

    def __init__(self, rows: RowNames, ties: Ties) -> None:
        self.rows = rows
        self.ties = ties
        self.world = rows.world
        self.plan = rows.plan
        self.rng = ties.rng
        self.hidden = rows.hidden

    def title(self, goal: Goal) -> str:
        """The title of the goal's tool."""
        return title_of(self.ties.tools[goal.tool], goal.tool)

    def act(self, goal: Goal) -> str:
        """The imperative with its rows, without the values."""
        title = self.title(goal)
        verb, _, rest = title.partition(" ")
        particle, _, tail = rest.partition(" ")
        phrasal = goal.write and particle in PARTICLES
        if (
            " or " in title
            or (verb in READ_VERBS and not phrasal and (goal.values or not goal.write))
            or (verb in GENERIC and goal.values and len(goal.targets) == 1)
        ):
            return self._generic(goal, title)
        verb = self._switch(goal, verb)
        if title.startswith("note on "):
            verb, rest, particle = "put a note on", tail, "on"
        elif particle in PARTICLES:
            verb, rest = f"{verb} {particle}", tail
        moved = self.ties.moved(goal)
        if moved is not None and moved not in self.hidden:
            ends = [(preposition(p) or "for", p) for p in goal.targets]
            tail = " ".join(f"{word} {self._row(goal, p)}" for word, p in sorted(ends))
            return f"{verb} {self.ties.what_moves(rest, moved)} {tail}"
        paid = self.ties.paid(goal)
        if moved is None and paid is not None and paid not in self.hidden:
            verb = f"{verb} {self.ties.money(paid)}"
        return self._around(goal, verb, rest, particle)

    def _switch(self, goal: Goal, verb: str) -> str:
        """The verb of a switch that says itself whether it is put on or off: "unblock"."""
        for slot in goal.values.values():
            so = self.plan.slots[slot].value
            says = isinstance(so, bool) and self.ties.label(slot) == past(verb)
            if says and verb in UNDONE and slot not in self.hidden:
                self.ties.implied.add(slot)
                return verb if so else UNDONE[verb]
        return verb

    def _around(self, goal: Goal, verb: str, rest: str, particle: str) -> str:
        """The verb with the row that its title names, then the other rows."""
        made = self._made(goal, rest)
        if made is not None:
            return self._making(goal, verb, *made)
        placed, rest = self._placed(goal, rest, verb)
        others = [param for param in self._apart(goal) if param != placed]
        if placed is None and verb in SEEKING and rest.startswith("for "):
            what = rest.removeprefix("for ")
            head = f"{verb} for {self._article(goal, 'ask', what)}{what}"
        elif placed is None and others and rest.split(" ")[0] in AFTER:
            first = next((p for p in others if self._is_person(goal, p)), others[0])
            others.remove(first)
            rest, others = self._ended(goal, rest, others)
            head = f"{verb} {self._row(goal, first)} {rest}"
        elif placed is None and (switched := self._switched(goal, rest, others)):
            others.remove(switched)
            head = f"{verb} {self._row(goal, switched)}"
        elif placed is None:
            head = f"{verb} {self._article(goal, verb, rest)}{rest}".rstrip()
        else:
            rest, others = self._ended(goal, rest, others)
            head, others = self._both(goal, f"{verb} {rest}", others)
            if verb in JOINING and particle in ("in", "on") and len(others) == 1:
                who = self._row(goal, others[0])
                return f"{verb.split()[0]} {who} {particle} {rest}"
        people = [p for p in others if not preposition(p)]
        for param in sorted(others, key=lambda p: p in people and not self._is_person(goal, p)):
            head += f" {self._tie(goal, param, placed, verb, others)} {self._row(goal, param)}"
        return head

    def _made(self, goal: Goal, rest: str) -> tuple[str, str | None] | None:
        """(noun of the row that the goal's call makes, param of the row that the title names before
        it): "guest request" is no request of a guest, "ticket note" a note on a ticket. None where
        the title does not end with that noun, or one word says it all."""
        steps = self.ties.tools[goal.tool]["program"]["steps"]
        tables = [str(step["table"]) for step in steps if step.get("do") == "insert"]
        rest = rest.removeprefix("for ")
        for noun in (self.world.noun(t).lower() for t in tables if t in self.world.tables):
            before = rest.removesuffix(noun).strip()
            if not rest.endswith(noun) or (rest != noun and not rest.endswith(f" {noun}")):
                continue
            if not before:
                return (noun, None) if " " in noun else None
            for param, (table, _) in goal.targets.items():
                if before == self.world.noun(table).lower():
                    return noun, param
        return None

    def _making(self, goal: Goal, verb: str, noun: str, owner: str | None) -> str:
        """ "add a damage note to the case of ...", "raise a guest request for ..."."""
        verb = f"{verb} for" if verb in SEEKING else verb
        head = f"{verb} {with_article(noun)}"
        others = [p for p in self._apart(goal) if p != owner]
        if owner is not None:
            head += f" {'to' if verb in ('add', 'attach') else 'for'} {self._row(goal, owner)}"
        for param in sorted(others, key=lambda p: not self._is_person(goal, p)):
            head += f" {self._tie(goal, param, None, verb, others)} {self._row(goal, param)}"
        return head

    def _apart(self, goal: Goal) -> list[str]:
        """The params of the goal's rows, but for those that another one of them implies."""
        named = set(goal.targets.values())
        return [p for p, row in goal.targets.items() if self.plan.via.get(row) not in named]

    def _both(self, goal: Goal, head: str, others: list[str]) -> tuple[str, list[str]]:
        """A title that names two rows, "send instrument to ...", with the second in its place."""
        skeleton, facts = masked(head)
        for param in others:
            noun = re.escape(self.world.noun(goal.targets[param][0]).lower())
            row = self._row(goal, param)
            found = re.match(rf"\w+(?: \w+)? (?P<noun>{noun})\b", skeleton)
            if found and preposition(param) is None:
                skeleton = skeleton[: found.start("noun")] + "\0" + skeleton[found.end("noun") :]
                rest = [p for p in others if p != param]
                return unmasked(skeleton, facts).replace("\0", row), rest
        return head, others

    def _tie(
        self, goal: Goal, param: str, placed: str | None, verb: str, others: Sequence[str]
    ) -> str:
        """The word that ties a further row to the act."""
        word = preposition(param)
        person = self._is_person(goal, param)
        if word == "to" and verb in EXCHANGES:
            return EXCHANGES[verb]
        if word is None and placed is not None and (verb == "assign" or verb in GIVING and person):
            return "to"
        if word is not None:
            return word
        if placed is not None and verb in SENDING:
            return "to"
        noun = self.world.noun(goal.targets[param][0]).lower().split(" ")[-1]
        for word, nouns in (("in", INSIDE), ("on", UPON), ("at", BESIDE)):
            if noun in nouns:
                return word
        if placed is not None and not person and verb == "apply":
            return "to"
        if placed is not None and verb.split(" ")[0] in TAKING:
            return "for"
        near = person or placed is None or self._is_person(goal, placed)
        if placed is None and not person and len(others) > 1:
            return "with"
        return "for" if near else "with"

    def _ended(self, goal: Goal, rest: str, others: list[str]) -> tuple[str, list[str]]:
        """A title's end such as "on pairing" with the row that it means in its place."""
        for param in others:
            noun = self.world.noun(goal.targets[param][0]).lower()
            if plain(rest).endswith(f" {noun}") and rest.endswith(f" {noun}"):
                before = rest.removesuffix(noun).removesuffix("the ")
                end = f"{before}{self._row(goal, param)}"
                return end, [p for p in others if p != param]
        return rest, others

    def _switched(self, goal: Goal, rest: str, others: Sequence[str]) -> str | None:
        """What is moved, where the title names only where to: "switch class" moves a seat."""
        to = [p for p in others if preposition(p) == "to"]
        fits = to and rest in {self.world.noun(goal.targets[p][0]).lower() for p in to}
        return next((p for p in others if p not in to), None) if fits else None

    def _article(self, goal: Goal, verb: str, rest: str) -> str:
        """ "a" before what is made, "the" before what is there, nothing before a mass or many."""
        if not rest or rest.split(" ")[-1] in MASS:
            return ""
        if rest.endswith("s") and not rest.endswith("ss"):
            return "the " if goal.targets else ""
        if rest in KNOWN:
            return "the "
        steps = self.ties.tools[goal.tool]["program"]["steps"]
        inserts = any(step.get("do") == "insert" for step in steps)
        if not inserts and verb.split(" ")[0] not in MAKING:
            return "the "
        return tidy(f"a {rest}").partition(" ")[0].lower() + " "

    def _row(self, goal: Goal, param: str) -> str:
        return self.rows.row(*goal.targets[param])

    def _is_person(self, goal: Goal, param: str) -> bool:
        return self.rows.is_person(goal.targets[param][0])

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
        phrase = self._row(goal, param)
        at = re.search(rf"\b{re.escape(noun)}\b", rest)
        assert at is not None
        before, after = rest[: at.start()].strip(), rest[at.end() :].strip()
        before = f"the {before}" if before.endswith(" of") else before
        participle = " " not in after and (after.endswith("ed") or after in CONDITIONS)
        if after and (verb in STATES or after in CONDITIONS) and verb != "confirm":
            return param, f"{before} {phrase} {after}".strip()
        if after and verb == "mark" and after.split(" ")[0] not in AFTER:
            return param, f"{phrase} as {after}"
        if after and verb in ("mark", "confirm") and participle and after.split(" ")[0] != "as":
            return param, f"{phrase} as {after}"
        if after.startswith("to ") and "to" in map(preposition, goal.targets):
            after = ""  # where to is said by the other row
        if after.split(" ")[0] in AFTER:
            return param, f"{before} {phrase} {self._with_article(after)}".strip()
        if after:
            return param, f"{before + ' ' if before else ''}the {after} of {phrase}"
        return param, f"{before} {phrase}".strip()

    def _with_article(self, after: str) -> str:
        """ "from cabinet" as "from the cabinet", where cabinets are things of this world."""
        word, _, noun = after.partition(" ")
        known = set(KNOWN) | {self.world.noun(table).lower() for table in self.world.tables}
        known |= {name.split(" ")[-1] for name in known}
        return f"{word} the {noun}" if noun and noun in known else after

    # --- acts on fields -----------------------------------------------------------------------

    def _generic(self, goal: Goal, title: str) -> str:
        """Acts on one row by naming the fields: "change the price of X", "move X", "mark X"."""
        if not goal.targets:
            return title if title.split()[0] in READ_VERBS else f"use {title}"
        subject = " and ".join(self.rows.row(*target) for target in goal.targets.values())
        specs = [self.plan.slots[slot] for slot in goal.values.values()]
        if not specs:
            return f"update {subject}"
        if all(s.kind == "date" or CLOCK.fullmatch(str(s.value)) for s in specs):
            return f"{self.rng.choice(MOVES)} {subject}"
        if len(specs) == 1 and isinstance(specs[0].value, bool):
            return self._marked(goal, subject)
        if any(isinstance(spec.value, bool) for spec in specs):
            return f"update {subject}"
        labels = [label for label, _ in self._fields(goal)]
        verb = self.rng.choice(("change", "set", "update"))
        return f"{verb} {joined([f'the {label}' for label in labels])} of {subject}"

    def _fields(self, goal: Goal) -> list[tuple[str, str]]:
        """(name, unit) of the fields that an act sets; of minutes that are a delay, where the
        title says so ("set trip delay"), the delay."""
        labels = [self.ties.label(slot).removeprefix("new ") for slot in goal.values.values()]
        what = self._what(goal) if len(labels) == 1 and labels[0] in TIMES else ""
        if what:
            return [(what, labels[0])]
        return [measure(label) or (shown_label(noun_label(label)), "") for label in labels]

    def _what(self, goal: Goal) -> str:
        """What of a row the title is about: "gas test" of "set permit gas test"."""
        rest = self.title(goal).partition(" ")[2]
        nouns = [self.world.noun(table).lower() for table, _ in goal.targets.values()]
        return next((rest.removeprefix(n).strip() for n in nouns if rest.startswith(f"{n} ")), "")

    def _marked(self, goal: Goal, subject: str) -> str:
        """A thing with the one field that is set to yes or no."""
        label = self._fields(goal)[0][0]
        part = said_of(label)
        what = self._what(goal)
        if part or (what and " " not in label and label[:4] not in what):
            return f"mark the {part[0] if part else what} of {subject}"
        return f"mark {subject}" if is_predicate(label) else f'set "{label}" of {subject}'

    def values(self, goal: Goal, short: str) -> str:
        """The values, as they follow the imperative `short`."""
        if not goal.values:
            return ""
        verb = plain(short).split()[0]
        slots = list(goal.values.values())
        so = self.plan.slots[slots[0]].value
        if isinstance(so, bool) and verb == "mark":
            if slots[0] in self.hidden:
                return ""
            label = self._fields(goal)[0][0]
            said = (said_of(label) or ("", label))[1]
            return f" as {said if so else 'not ' + said}"
        if isinstance(so, bool) and short.startswith('set "'):
            return "" if slots[0] in self.hidden else f" to {'yes' if so else 'no'}"
        fields = self._fields(goal)
        if verb in GENERIC and all(f"the {label}" in short for label, _ in fields):
            if self.hidden & set(slots):
                return ""
            values = [
                f"{protect(self.ties.said[slot])} {unit}".strip()
                for slot, (_, unit) in zip(slots, fields, strict=True)
            ]
            tail = self.rng.choice((" respectively", "", "")) if len(values) > 1 else ""
            return f" to {joined(values)}{tail}"
        tied = self.ties.tied(goal)
        return f" {tied}" if tied else ""
