"""What to try on a tool: states and arguments that lead to its success and to each refusal."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factory.tools.draw import draw_argument, draw_arguments
from factory.worlds.programs import flat_steps, readings
from factory.worlds.state import Row, State, StateError, is_date
from factory.worlds.values import draw_value

ATTEMPTS = 1500  # draws before an error that was not reached counts as unreachable
DISTURBED = 60  # from this attempt on some worlds are put into unusual conditions
AROUND_SUCCESS = 150  # from this attempt on every second one varies the world of a success

Attempt = tuple[State, dict[str, Any]]


class Probe:
    """Draws attempts, told which of them succeeded.

    First ordinary requests on sampled states, several on one state (limits are reached by
    repetition); then states put into other legal conditions; then, in turn with those, the world
    around the last success is changed step by step, which reaches the refusals that lie behind
    many requirements.
    """

    def __init__(
        self,
        program: Mapping[str, Any],
        world: Mapping[str, Any],
        states: Sequence[State],
        rng: random.Random,
    ) -> None:
        self.program = program
        self.world = world
        self.states = states
        self.rng = rng
        self.columns = _deciding_columns(program, states[0])
        self.success: Attempt | None = None

    def succeeded(self, before: State, arguments: dict[str, Any]) -> None:
        """Notes the state before a call that succeeded, and its arguments."""
        self.success = (before, arguments)

    def attempts(self) -> Iterator[Attempt]:
        """Pairs of a state to call the tool on (the call may change it) and arguments."""
        state, around = self.states[0].copy(), None
        for attempt in range(ATTEMPTS):
            if attempt % 6 == 0:
                state = self.states[(attempt // 6) % len(self.states)].copy()
                if attempt >= DISTURBED and attempt % 12 == 0:
                    _disturb(state, self.columns, self.world, self.rng)
            if attempt < AROUND_SUCCESS or attempt % 2 == 0 or self.success is None:
                yield state, self._ordinary(state, attempt % 2 == 1)
                continue
            before, arguments = self.success
            if around is None or attempt % 16 == 1:
                around = before.copy()
            _disturb(around, self.columns, self.world, self.rng, arguments)
            yield around, _varied(self.program, arguments, around, self.world, self.rng)

    def _ordinary(self, state: State, wild: bool) -> dict[str, Any]:
        tables = list(self.columns)
        anchor = None
        if tables and self.rng.random() < 0.6:
            anchor = _anchor(state, tables, self.rng)
        unknown, extreme = (0.15, 0.4) if wild else (0.0, 0.0)
        return draw_arguments(self.program, state, self.world, self.rng, anchor, unknown, extreme)


def _varied(
    program: Mapping[str, Any],
    arguments: dict[str, Any],
    state: State,
    world: Mapping[str, Any],
    rng: random.Random,
) -> dict[str, Any]:
    """Now and then the arguments with another value for one param that is no id."""
    params = [param for param in program["params"] if param["use"] != "id"]
    if not params or rng.random() < 0.7:
        return arguments
    param = rng.choice(params)
    value = draw_argument(param, state, world, rng, wild=1.0)
    return arguments if value is None else {**arguments, param["name"]: value}


def _deciding_columns(
    program: Mapping[str, Any], state: State
) -> dict[str, Sequence[Mapping[str, Any]]]:
    """For each table that the program touches the columns on which its course can depend: those
    that an expression reads or a search compares, those of unique rules, the life
    cycle; each with the values ``wanted`` by searches."""
    steps = list(flat_steps(program["steps"]))
    names = {match["field"] for step in steps for match in step.get("match", ())}
    names |= {node["field"] for node in readings(program["steps"]) if "field" in node}
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for table in dict.fromkeys(step["table"] for step in steps if "table" in step):
        spec = state.schema.tables[table]
        own = names | {name for rule in spec["unique"] for name in rule["fields"]}
        own.add(spec["life"]["field"] if "life" in spec else "")
        found[table] = [
            {**column, "wanted": _wanted(column["name"], table, program)}
            for column in spec["fields"]
            if column["name"] in own
        ]
    return found


def _wanted(name: str, table: str, program: Mapping[str, Any]) -> list[Any]:
    """The literals with which searches of the program compare a column."""
    values: list[Any] = []
    for step in flat_steps(program["steps"]):
        for match in step.get("match", ()) if step.get("table") == table else ():
            literal = match["value"]
            literal = literal.get("const") if isinstance(literal, Mapping) else literal
            if match["field"] == name and literal is not None:
                values.extend(literal if isinstance(literal, list) else [literal])
    return values


def _anchor(state: State, tables: Sequence[str], rng: random.Random) -> Row | None:
    """Some row of a table that the program touches, marked with its table."""
    table = rng.choice(tables)
    ids = state.ids(table)
    if not ids:
        return None
    row = state.get(table, rng.choice(ids)) or {}
    return {**row, "_table": table}


def _disturb(
    state: State,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    world: Mapping[str, Any],
    rng: random.Random,
    arguments: Mapping[str, Any] | None = None,
) -> None:
    """Puts many rows of the program's tables into other legal conditions, often all into the same
    (one person holding everything, a full place), if possible one that the arguments name."""
    named = list(_texts(arguments or {}))
    for table, columns in tables.items():
        for column in rng.sample(columns, min(len(columns), 1 if arguments else 3)):
            common = _common_value(column, table, state, world, rng, named)
            for row_id in state.ids(table):
                if rng.random() < (0.3 if row_id in named else 0.7):
                    value = common or _other_value(column, state, world, rng)
                    _try_update(state, table, row_id, column, value)


def _texts(value: Any) -> Iterator[str]:
    """The strings among arguments, those inside lists and objects included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)


def _common_value(
    column: Mapping[str, Any],
    table: str,
    state: State,
    world: Mapping[str, Any],
    rng: random.Random,
    named: Sequence[str],
) -> Any:
    """A value for most rows of a table: what the arguments say, what the rows that they name
    hold, or any; None to let every row differ."""
    rows = [state.get(table, value) for value in named]
    fitting = [value for value in named if _may_hold(column, value, state)]
    fitting.extend(row[column["name"]] for row in rows if row)
    fitting.extend(column["wanted"])
    if fitting and rng.random() < 0.7:
        return rng.choice(fitting)
    return _other_value(column, state, world, rng) if rng.random() < 0.6 else None


def _may_hold(column: Mapping[str, Any], value: str, state: State) -> bool:
    """Whether an argument could stand in a column: an id of its table, a category, a day."""
    if column.get("ref"):
        return value in state.ids(column["ref"])
    if column["type"] == "enum":
        return value in column["enum"]
    return bool(column["type"] == "date" and is_date(value))


def _try_update(
    state: State, table: str, row_id: str, column: Mapping[str, Any], value: Any
) -> None:
    """Sets one field unless the world would not be legal then."""
    if value is None and not column.get("nullable"):
        return
    mark = state.mark()
    try:
        state.update(table, row_id, {column["name"]: value})
    except StateError:
        state.rollback(mark)


def _other_value(
    column: Mapping[str, Any], state: State, world: Mapping[str, Any], rng: random.Random
) -> Any:
    kind = column["type"]
    if column.get("nullable") and rng.random() < 0.3:
        return None
    if column.get("ref"):
        return rng.choice(state.ids(column["ref"]))
    if kind == "enum":
        return rng.choice(column["enum"])
    if kind == "boolean":
        return rng.random() < 0.5
    if kind == "date":
        reach = rng.choice([0, 3, 30, 120])
        return draw_value({"date": [-reach, reach]}, rng, {"world": world})
    if kind in ("integer", "number"):
        low = max(0, column.get("minimum", 0))
        value = rng.choice([low, low + 1, min(low + 500, column.get("maximum", low + 500))])
        return int(value) if kind == "integer" else float(value)
    return None
