"""Plans made backwards: a goal that executes, then the calls that find what it needs.

A goal tool is drawn with arguments that succeed on the sampled state. Each id among them belongs
to a row; a person would name that row by natural facts, and some reading tool takes such facts
(or ids that are themselves found the same way). The result is a small typed graph of calls whose
arguments are sources (sources.py), in an order that can be executed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.records import Record
from factory.tasks.draw import Drawn, draw_arguments, draw_refused
from factory.tasks.goals import Goal, Plan, Slot
from factory.tasks.proof.minimal import needless
from factory.tasks.sources import Source, steps_used
from factory.tasks.tables import Fact, World, referent, words
from factory.worlds.interpreter import execute
from factory.worlds.state import Row, State

MAX_DEPTH = 3


class Planner:
    """Builds one plan on one state; a step that fails leaves plan and state as they were."""

    def __init__(
        self,
        world: World,
        state: State,
        tools: Mapping[str, Record],
        rng: random.Random,
        max_calls: int,
        tell_ids: float = 0.2,
    ) -> None:
        self.world = world
        self.state = state
        self.tools = tools
        self.rng = rng
        self.max_calls = max_calls
        self.tell_ids = tell_ids
        self.plan = Plan()
        self.known: dict[tuple[str, str], Source] = {}
        self.shown: dict[str, Mapping[str, Any]] = {}
        """Step → what its call returned, for rows that an earlier list already holds."""
        self.stage = 0
        self.calls = 0
        self.touched: set[tuple[str, str, str | None]] = set()

    # --- undoing ------------------------------------------------------------------------------

    def snapshot(self) -> tuple[Plan, dict[tuple[str, str], Source]]:
        """The plan and the known ids as they are, for `restore`."""
        plan = self.plan
        kept = Plan(
            list(plan.steps),
            dict(plan.slots),
            list(plan.goals),
            dict(plan.referents),
            dict(plan.via),
            dict(plan.told),
            dict(plan.extremes),
            dict(plan.stages),
        )
        return kept, dict(self.known)

    def restore(self, saved: tuple[Plan, dict[tuple[str, str], Source]]) -> None:
        """Take back everything added since the snapshot."""
        self.plan, self.known = saved

    # --- slots and steps --------------------------------------------------------------------

    def slot(self, label: str, semantic: str, kind: str, value: Any) -> str:
        """The name of the slot with this meaning and value, made if there is none yet."""
        for slot in self.plan.slots.values():
            if slot.semantic == semantic and slot.value == value and slot.label == label:
                return slot.name
        name = f"s{len(self.plan.slots) + 1}"
        self.plan.slots[name] = Slot(name, label, semantic, kind, value)
        self.plan.stages[name] = self.stage
        return name

    def fact_slot(self, fact: Fact) -> str:
        """The slot of a fact; a fact told twice is one slot."""
        for slot in self.plan.slots.values():
            if slot.semantic == fact.semantic and slot.value == fact.value:
                return slot.name
        spec = self.world.fields[fact.table][fact.field]
        return self.slot(words(fact.field), fact.semantic, spec["kind"], fact.value)

    def add_step(self, tool: str, arguments: Mapping[str, Source], role: str) -> str:
        """Append a call; its dependencies follow from its sources."""
        self.calls += 1
        name = f"c{self.calls}"
        after = sorted(set().union(*(steps_used(source) for source in arguments.values())))
        self.plan.steps.append(
            {
                "id": name,
                "tool": tool,
                "arguments": dict(arguments),
                "role": role,
                "after": after,
                "stage": self.stage,
            }
        )
        return name

    def learn(self, step: str, tool: str, value: Mapping[str, Any]) -> None:
        """The ids of single rows that a goal's result shows become known."""
        for out, described in self.tools[tool]["program"]["returns"].items():
            row = value.get(out)
            table = described.get("table")
            if described.get("type") == "object" and table and row:
                key = self.world.key(table)
                source = {"where": [], "step": step, "out": out, "field": key}
                self.known.setdefault((table, row[key]), source)

    def learn_row(self, table: str, row: Row, base: dict[str, Any]) -> None:
        key = self.world.key(table)
        base = {"where": [], **base}
        if row.get(key):
            self.known.setdefault((table, row[key]), {**base, "field": key})
        for name, target in self.state.schema.references[table]:
            if row.get(name) and (target, row[name]) not in self.known:
                self.known[(target, row[name])] = {**base, "field": name}
                self.plan.via[(target, row[name])] = (table, row[key])

    # --- finding rows -----------------------------------------------------------------------

    def reach(
        self, table: str, row: Row, facts: Sequence[Fact] | None = None, depth: int = 0
    ) -> Source | None:
        """A source for the id of `row`, adding the calls that find it; None if nothing can."""
        row_id = row[self.world.key(table)]
        if (table, row_id) in self.known:
            return self.known[(table, row_id)]
        if depth > MAX_DEPTH or len(self.plan.steps) >= self.max_calls:
            return None
        if facts is None and self.rng.random() < self.tell_ids:
            return self._tell(table, row_id)
        chosen = list(facts) if facts else referent(self.world, self.state, table, row, self.rng)
        if chosen:
            source = self._seen_before(table, row, chosen, depth)
            if source is not None:
                self.plan.referents.setdefault((table, row_id), chosen)
                return source
            names = self.finders(table)
            self.rng.shuffle(names)
            for name in names:
                source = self._attempt(name, table, row, chosen, depth)
                if source is not None:
                    self.plan.referents.setdefault((table, row_id), chosen)
                    return source
        if facts is None and self.tell_ids > 0:
            return self._tell(table, row_id)
        return None

    def _seen_before(
        self, table: str, row: Row, facts: Sequence[Fact], depth: int
    ) -> Source | None:
        """The row in the result of an earlier call, where the user's facts pick it out of that:
        nobody looks up again what is on the screen."""
        for step in list(self.plan.steps):
            returns = self.tools[step["tool"]]["program"]["returns"]
            for out, described in returns.items():
                shown = self.shown.get(step["id"], {}).get(out)
                if described.get("table") != table or not isinstance(shown, list):
                    continue
                saved = self.snapshot()
                for fact in facts:
                    self.fact_slot(fact)
                where = self._where(table, row, facts, shown, depth)
                if where is not None:
                    self.learn_row(table, row, {"step": step["id"], "out": out, "where": where})
                    return self.known[(table, row[self.world.key(table)])]
                self.restore(saved)
        return None

    def _tell(self, table: str, row_id: str) -> Source:
        label = f"{self.world.noun(table)} id"
        source = {"slot": self.slot(label, f"{table}.id", "id", row_id)}
        self.plan.told[(table, row_id)] = source["slot"]
        self.known[(table, row_id)] = source
        return source

    def shows_row(self, source: Source, table: str) -> bool:
        """Whether the result that a source reads holds the row itself, not only its id."""
        step = next((s for s in self.plan.steps if s["id"] == source.get("step")), None)
        if step is None:
            return False
        returns = self.tools[step["tool"]]["program"]["returns"]
        return bool(returns[source["out"]].get("table") == table)

    def finders(self, table: str) -> list[str]:
        """Reading tools that return rows of a table without needing its id."""
        out = []
        for name, tool in self.tools.items():
            program = tool["program"]
            if not tool["annotations"]["readOnlyHint"]:
                continue
            gives = any(r.get("table") == table for r in program["returns"].values())
            needs = [p["semantic"] for p in program["params"] if p["required"]]
            if gives and f"{table}.id" not in needs:
                out.append(name)
        return sorted(out)

    def _attempt(
        self, tool: str, table: str, row: Row, facts: Sequence[Fact], depth: int
    ) -> Source | None:
        """Use one finder; on failure everything it added is taken back."""
        saved = self.snapshot()
        source = self._use_finder(tool, table, row, facts, depth)
        if source is None:
            self.restore(saved)
        return source

    def _use_finder(
        self, tool: str, table: str, row: Row, facts: Sequence[Fact], depth: int
    ) -> Source | None:
        for fact in facts:
            self.fact_slot(fact)
        arguments: dict[str, Source] = {}
        for param in self.tools[tool]["program"]["params"]:
            source = self.finder_argument(param, table, row, facts, depth)
            if source is not None:
                arguments[param["name"]] = source
            elif param["required"]:
                return None
        if not arguments and self.rng.random() < 0.7:
            return None
        values = {name: self.value(source) for name, source in arguments.items()}
        outcome = execute(self.tools[tool]["program"], self.state, values)
        if not outcome.ok or outcome.value is None or len(self.plan.steps) >= self.max_calls:
            return None
        return self._pick(tool, table, row, facts, arguments, outcome.value, depth)

    def finder_argument(
        self,
        param: Mapping[str, Any],
        table: str,
        row: Row,
        facts: Sequence[Fact],
        depth: int = 0,
    ) -> Source | None:
        """What a finder's param should be given to find `row` by these facts, if anything."""
        match = param.get("match")
        if match and match["table"] == table:
            own = {f.field: f for f in facts if not f.path}
            if match["field"] in own:
                rare = match["op"] in ("ge", "le") and self.rng.random() < 0.5
                return None if rare else {"slot": self.fact_slot(own[match["field"]])}
            return self.through_reference(match["field"], table, row, facts, depth)
        if param["use"] == "id":
            for name, target in self.state.schema.references[table]:
                if param["semantic"] == f"{target}.id":
                    return self.through_reference(name, table, row, facts, depth)
        return None

    def through_reference(
        self, name: str, table: str, row: Row, facts: Sequence[Fact], depth: int = 0
    ) -> Source | None:
        """The id in a reference field, when the user's facts lead over it."""
        target = next((t for f, t in self.state.schema.references[table] if f == name), None)
        inner = [
            Fact(f.path[1:], f.table, f.field, f.value) for f in facts if f.path[:1] == (name,)
        ]
        if target is None or not inner or row.get(name) is None:
            return None
        other = self.state.get(target, row[name])
        return self.reach(target, other, inner, depth + 1) if other else None

    def _pick(
        self,
        tool: str,
        table: str,
        row: Row,
        facts: Sequence[Fact],
        arguments: Mapping[str, Source],
        value: Mapping[str, Any],
        depth: int,
    ) -> Source | None:
        """The source that selects the row in the finder's result, the finder's step added."""
        returns = self.tools[tool]["program"]["returns"]
        out = next(name for name, r in returns.items() if r.get("table") == table)
        found = value[out] if isinstance(value[out], list) else [value[out]]
        where = self._where(table, row, facts, found, depth)
        if where is None or len(self.plan.steps) >= self.max_calls:
            return None
        step = self.add_step(tool, arguments, "find")
        for _, source in where:
            self.plan.steps[-1]["after"] = sorted(
                set(self.plan.steps[-1]["after"]) | steps_used(source)
            )
        self.shown[step] = value
        self.learn_row(table, row, {"step": step, "out": out, "where": where})
        return self.known[(table, row[self.world.key(table)])]

    def _where(
        self, table: str, row: Row, facts: Sequence[Fact], shown: Sequence[Row], depth: int
    ) -> list[list[Any]] | None:
        """Conditions on fields by which the user's facts leave nothing of some shown rows but
        `row`; None when it is not among them or several stay."""
        key = self.world.key(table)
        found = [other for other in shown if other]
        where: list[list[Any]] = []
        for fact in facts:
            if row[key] not in [other.get(key) for other in found]:
                return None
            if len(found) == 1:
                return where
            name = fact.path[0] if fact.path else fact.field
            if any(name == used for used, _ in where):
                continue
            kept = [other for other in found if other.get(name) == row[name]]
            if len(kept) == len(found):
                continue
            source = (
                self.through_reference(name, table, row, facts, depth)
                if fact.path
                else {"slot": self.fact_slot(fact)}
            )
            if source is None:
                return None
            where.append([name, source])
            found = kept
        return where if [other.get(key) for other in found] == [row[key]] else None

    def value(self, source: Source) -> Any:
        """The planner's own knowledge of a source's value (the executor finds it again)."""
        if "slot" in source:
            return self.plan.slots[source["slot"]].value
        if "list" in source:
            return [self.value(item) for item in source["list"]]
        if "object" in source:
            return {key: self.value(item) for key, item in source["object"].items()}
        return next(row_id for (_, row_id), known in self.known.items() if known == source)

    # --- goals --------------------------------------------------------------------------------

    def add_goal(self, tool: str, prefer: Sequence[tuple[str, str]] = ()) -> Goal | None:
        """A goal with arguments that succeed on the present state, and the calls that lead to it.

        The state moves on (so that the next goal sees this one's effect); None and no change when
        no arguments were found or an id can't be reached.
        """
        record = self.tools[tool]
        drawn = draw_arguments(self.world, self.state, record, self.rng, prefer)
        if drawn is None:
            return None
        saved = self.snapshot()
        arguments = self._argument_sources(drawn)
        if arguments is None or len(self.plan.steps) >= self.max_calls:
            self.restore(saved)
            return None
        mark = self.state.mark()
        outcome = execute(record["program"], self.state, drawn.values)
        assert outcome.value is not None
        touched = {(change.table, change.row_id, change.field) for change in outcome.changes}
        if touched & self.touched or self._undoes(record, drawn):
            self.state.rollback(mark)
            self.restore(saved)
            return None
        step = self.add_step(tool, arguments, "goal")
        self.shown[step] = outcome.value
        if self.needless(but=step):
            self.state.rollback(mark)
            self.restore(saved)
            return None
        self.touched |= touched
        self.learn(step, tool, outcome.value)
        return self._goal(tool, step, arguments, drawn, bool(outcome.changes))

    def _undoes(self, tool: Record, drawn: Drawn) -> bool:
        """Whether a call takes away or ends a row that an earlier wish has changed."""
        changed = {(table, row_id) for table, row_id, _ in self.touched}
        lossy = tool["annotations"].get("destructiveHint", False)
        return bool(lossy and changed & set(drawn.rows.values()))

    def needless(self, but: str = "") -> str:
        """See `minimal.needless`."""
        return needless(self.plan, self.shown, but)

    def add_refused_goal(self, tool: str) -> Goal | None:
        """A goal whose call the system refuses for a reason of its own; the state stays."""
        found = draw_refused(self.world, self.state, self.tools[tool], self.rng)
        if found is None:
            return None
        drawn, code = found
        saved = self.snapshot()
        arguments = self._argument_sources(drawn)
        if arguments is None or len(self.plan.steps) >= self.max_calls:
            self.restore(saved)
            return None
        step = self.add_step(tool, arguments, "goal")
        self.plan.steps[-1]["refused"] = code
        goal = self._goal(tool, step, arguments, drawn, True)
        goal.refused = code
        return goal

    def _goal(
        self, tool: str, step: str, arguments: Mapping[str, Source], drawn: Drawn, write: bool
    ) -> Goal:
        values = {
            name: source["slot"]
            for name, source in arguments.items()
            if "slot" in source and name not in drawn.rows
        }
        goal = Goal(tool, step, write, values, dict(drawn.rows), stage=self.stage)
        self.plan.goals.append(goal)
        return goal

    def _argument_sources(self, drawn: Drawn) -> dict[str, Source] | None:
        out: dict[str, Source] = {}
        for name, value in drawn.values.items():
            if name in drawn.rows:
                table, row_id = drawn.rows[name]
                row = self.state.get(table, row_id)
                source = self.reach(table, row) if row else None
                if source is None:
                    return None
                out[name] = source
            else:
                param = drawn.params[name]
                label = param_label(param)
                out[name] = {
                    "slot": self.slot(label, param["semantic"], param.get("kind", "value"), value)
                }
        return out


def param_label(param: Mapping[str, Any]) -> str:
    """A param's name as words, the field's own words where the param is only that field."""
    name = str(param["name"])
    column = str(param["semantic"]).partition(".")[2]
    same = name.replace("_", "").lower() == column.replace("_", "").lower()
    return words(column if same else name)
