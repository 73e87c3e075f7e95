"""What a prompt can say of an agent's own tools, read off their programs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from factory.agents.grammar import Speaker, protect
from factory.agents.houses import counted
from factory.records import Record

MOST_CODES, MOST_VALUES = 3, 8
_NO_NOUNS = {"since", "until", "within", "from", "to", "by", "before", "after", "on", "at", "for"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class ToolNote:
    """One tool that the agent may use, by the name under which it sees it."""

    name: str
    about: str
    """Its description."""
    needs: tuple[str, ...] = ()
    """Labels of the required params."""
    found_by: tuple[tuple[str, str], ...] = ()
    """(label of a required id, name of a tool that shows it)."""
    codes: tuple[str, ...] = ()
    """Errors with which it refuses, but for those of unknown ids."""
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(field, its values) of the params that take one of a few."""


def tool_notes(
    tools: Sequence[Record], names: Mapping[str, str], without: Collection[str] = ()
) -> list[ToolNote]:
    """Notes on executable tools (records), by visible name; none on those in `without`."""
    return [
        _note(tool, tools, names)
        for tool in tools
        if tool.get("program") and names[tool["id"]] not in without
    ]


def _note(tool: Record, tools: Sequence[Record], names: Mapping[str, str]) -> ToolNote:
    params = tool["program"]["params"]
    required = [param for param in params if param["required"]]
    found = [(words(p["name"]), _finder(p["semantic"], tool, tools)) for p in required]
    codes = [str(error["code"]) for error in tool["program"]["errors"]]
    return ToolNote(
        names[tool["id"]],
        counted(str(tool["description"]).strip()),
        tuple(_label(param["name"]) for param in required),
        tuple((label, names[finder["id"]]) for label, finder in found if finder),
        tuple(code for code in codes if not code.endswith("not_found"))[:MOST_CODES],
        tuple(
            (words(str(p["semantic"]).replace(".", " ")), tuple(map(str, p["enum"])))
            for p in params
            if 2 <= len(p.get("enum", ())) <= MOST_VALUES
        ),
    )


def _finder(semantic: str, tool: Record, tools: Sequence[Record]) -> Record | None:
    """A reading tool that returns rows of the table whose id is asked for, without needing it."""
    table, _, column = str(semantic).partition(".")
    if column != "id":
        return None
    for other in tools:
        program = other.get("program")
        if other is tool or not program or not other["annotations"]["readOnlyHint"]:
            continue
        shows = any(r.get("table") == table for r in program["returns"].values())
        if shows and not any(p["required"] for p in program["params"] if p["use"] == "id"):
            return other
    return None


def _label(name: str) -> str:
    """How a prompt names a param: in words where they make a noun, else as it is written."""
    label = words(name)
    first, last = label.split(" ")[0], label.split(" ")[-1]
    return f"`{name}` value" if {first, last} & _NO_NOUNS else label


def words(name: str) -> str:
    """A param's or field's name in words: "customerId" → "customer id"."""
    parts = _HUMP.sub(" ", name).replace("_", " ").replace("-", " ").lower().split()
    return " ".join(
        word for word, before in zip(parts, ["", *parts], strict=False) if word != before
    )


def listed(items: Sequence[str], last: str = "and") -> str:
    """Items as English lists them."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def sentences(notes: Sequence[ToolNote], speaker: Speaker, count: int) -> list[str]:
    """Up to `count` sentences on distinct tools or fields, with their facts marked."""
    said: list[str] = []
    fields: set[str] = set()
    for note in speaker.rng.sample(list(notes), len(notes)):
        kinds = [kind for kind in _KINDS if _KINDS[kind](note)]
        if len(said) >= count or not kinds:
            continue
        kind = speaker.rng.choice(kinds)
        if kind == "note_values":
            field, values = speaker.rng.choice(note.values)
            if field not in fields:
                both, one = protect(listed(values)), protect(listed(values, "or"))
                said.append(speaker.say(kind, field=field, values=both, any=one))
            fields.add(field)
        else:
            said.append(speaker.say(kind, **_bound(kind, note, speaker)))
    return said


_KINDS = {
    "note_finds": lambda note: note.found_by,
    "note_needs": lambda note: note.needs,
    "note_refuses": lambda note: note.codes,
    "note_values": lambda note: note.values,
}


def _bound(kind: str, note: ToolNote, speaker: Speaker) -> dict[str, str]:
    bound = {"tool": protect(note.name)}
    if kind == "note_finds":
        what, finder = speaker.rng.choice(note.found_by)
        bound.update(what=protect(what), finder=protect(finder))
    elif kind == "note_needs":
        bound["needs"] = listed([f"the {label}" for label in note.needs])
    elif kind == "note_refuses":
        bound["codes"] = protect(listed([f"`{code}`" for code in note.codes], "or"))
    return bound
