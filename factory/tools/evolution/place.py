"""Where an operation evolves: its domain, seen in the ways that all transformations need."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from factory.tools.evolution.guards import guards_write
from factory.worlds.compiling import right_articles
from factory.worlds.domains import tool_name
from factory.worlds.interpreter import MAX_STEPS
from factory.worlds.programs import flat_steps, is_argument, readings
from factory.worlds.vocabulary import styled

Operation = dict[str, Any]
Program = dict[str, Any]
WRITES = ("insert", "update", "transition", "transfer", "delete")


@dataclass(frozen=True)
class Place:
    """A domain record and what its transformations ask of it again and again."""

    domain: Mapping[str, Any]

    @cached_property
    def tables(self) -> dict[str, Mapping[str, Any]]:
        """The tables of the world by name."""
        return {table["name"]: table for table in self.domain["world"]["tables"]}

    @cached_property
    def style(self) -> str:
        """The way in which the domain writes its params: ``camel`` or ``snake``."""
        names = [p["name"] for o in self.domain["operations"] for p in o["program"]["params"]]
        return "camel" if any(re.search("[a-z][A-Z]", name) for name in names) else "snake"

    def column(self, table: str, field: str) -> Mapping[str, Any]:
        """A field of a table; its key counts as a text."""
        columns = {column["name"]: column for column in self.tables[table]["fields"]}
        key: Mapping[str, Any] = {"name": field, "type": "string", "semantic": f"{table}.id"}
        found: Mapping[str, Any] = columns.get(field, key)
        return found

    def named(self, words: str) -> str:
        """An identifier for a new param or output in the domain's style."""
        return styled(words, self.style)

    def drawn(
        self,
        parents: Sequence[Operation],
        step: str,
        verb: str,
        title: str,
        about: str,
        program: Any,
    ) -> Operation:
        """The operation that a transformation made, with what it came from."""
        words = " ".join(title.split())
        return {
            "code": f"{parents[0]['code']}+{step}",
            "verb": verb,
            "name": tool_name(words, self.domain["naming"]),
            "title": words[:1].upper() + words[1:],
            "description": sentence(about),
            "program": tidy(program),
            "evolution": {"step": step, "parents": [parent["name"] for parent in parents]},
        }


# ---- words


def sentence(text: str) -> str:
    """Text with single spaces, right articles, and a capital at its start."""
    text = right_articles(" ".join(text.split()))
    return text[:1].upper() + text[1:]


def plain(identifier: str) -> str:
    """The words of an identifier: ``dueOn`` and ``due_on`` -> ``due on``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", identifier).lower().strip()


def title_words(operation: Mapping[str, Any]) -> str:
    """The title of an operation as running words: ``Lend boat`` -> ``lend boat``."""
    title = str(operation["title"])
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def reworded(message: str, names: Mapping[str, str]) -> str:
    """An error message with other placeholders, variables and params by their new names:
    ``{loan_id}`` -> ``{loan.loan_id}``, ``{loan.due}`` -> ``{loan2.due}``."""

    def swap(found: re.Match[str]) -> str:
        head, dot, part = found.group(1).partition(".")
        return "{" + names.get(head, head) + dot + part + "}"

    return re.sub(r"\{([A-Za-z_][\w.]*)\}", swap, message)


# ---- shapes


def reads_only(program: Mapping[str, Any]) -> bool:
    """Whether no step writes."""
    return not any(step["do"] in WRITES for step in flat_steps(program["steps"]))


def plain_course(program: Mapping[str, Any]) -> bool:
    """Steps one after another that end in the one return: what most transformations can extend."""
    kinds = [step["do"] for step in program["steps"]]
    return kinds.count("return") == 1 and kinds[-1] == "return" and "each" not in kinds


def result(program: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of the return of a plain course."""
    values: Mapping[str, Any] = program["steps"][-1]["values"]
    return values


def targets(program: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(step, param) of every look-up of a row that an argument names by its id."""
    params = {param["name"]: param for param in program["params"]}
    found = []
    for step in program["steps"]:
        if step["do"] == "lookup" and is_argument(step["id"]) and "field" not in step["id"]:
            param = params.get(step["id"]["arg"])
            if param and param["semantic"] == f"{step['table']}.id" and "when" not in step:
                found.append((step, param))
    return found


def listing(program: Mapping[str, Any]) -> tuple[Mapping[str, Any], str] | None:
    """(search step, name of the output) of a program that mainly returns the rows it finds."""
    if not (plain_course(program) and reads_only(program)):
        return None
    for step in program["steps"]:
        if step["do"] != "search" or "when" in step:
            continue
        for name, node in result(program).items():
            described = program["returns"][name]
            rows = described.get("table") == step["table"] and described["type"] == "array"
            if rows and node == {"var": step["as"]}:
                return step, name
    return None


# ---- programs


def program_of(
    params: Sequence[Mapping[str, Any]],
    steps: Sequence[Mapping[str, Any]],
    returns: Mapping[str, Any],
    errors: Sequence[Mapping[str, Any]],
) -> Program:
    """A program from its parts, which are not copied."""
    return {
        "params": list(params),
        "steps": list(steps),
        "returns": dict(returns),
        "errors": list(errors),
    }


def tidy(program: Mapping[str, Any]) -> Program:
    """The program without what its course no longer uses: steps whose result nobody reads, params
    nobody asks for, errors nobody raises; required params first."""
    steps = _without_dead(list(program["steps"]), program["errors"])
    read = {(n["arg"], n.get("field")) for n in readings(steps) if "arg" in n}
    raised = {step["error"] for step in flat_steps(steps) if "error" in step}
    asked = [_asked_for(param, read) for param in program["params"]]
    params = [param for param in asked if param is not None]
    return {
        "params": sorted(params, key=lambda param: not param["required"]),
        "steps": steps,
        "returns": dict(program["returns"]),
        "errors": [error for error in program["errors"] if error["code"] in raised],
    }


def _asked_for(
    param: Mapping[str, Any], read: set[tuple[str, str | None]]
) -> Mapping[str, Any] | None:
    """The param, an object with only those of its properties that are read; None if nothing is."""
    if (param["name"], None) in read:
        return param
    kept = [p for p in param.get("properties", ()) if (param["name"], p["name"]) in read]
    if not kept:
        return None
    return {**param, "properties": kept, "required": any(p["required"] for p in kept)}


def _without_dead(
    steps: list[Mapping[str, Any]], errors: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Steps without searches, computations and look-ups that cannot refuse and feed neither
    another step nor the message of an error."""
    told = {name for error in errors for name in re.findall(r"\{(\w+)[.}]", error["message"])}
    while True:
        read = told | {node["var"] for node in readings(steps) if "var" in node}
        kept = [step for step in steps if not _dead(step, read)]
        if len(kept) == len(steps):
            return kept
        steps = kept


def _dead(step: Mapping[str, Any], read: set[str]) -> bool:
    if step["do"] == "search":
        return step["as"] not in read and step.get("count") not in read
    if step["do"] == "compute" or (step["do"] == "lookup" and "error" not in step):
        return step["as"] not in read
    return False


def without_refusals(
    program: Mapping[str, Any], codes: set[str], tables: Mapping[str, Mapping[str, Any]]
) -> Program | None:
    """The program without requirements that can never fail in it (the second half of a
    composition often checks what the first half has just made true). None when one of the errors
    comes from a step that could not run otherwise: an error not seen is no proof that there is
    none, and such a step would then end in a fault. ``tables``: those of the world by name."""
    steps: list[Mapping[str, Any]] = []
    for step in program["steps"]:
        if step.get("error") not in codes:
            steps.append(step)
        elif (
            step["do"] != "require"
            or finds_row(step["error"])
            or guards_write(step, program, tables)
        ):
            return None
    return tidy({**program, "steps": steps})


def finds_row(code: str) -> bool:
    """Whether an error says that there is no row to work on at all."""
    return code.endswith("_not_found")


def fits(program: Mapping[str, Any], turns: int = 1) -> bool:
    """Whether a course, repeated so often, stays below the bound on steps."""
    return len(list(flat_steps(program["steps"]))) * turns + 4 <= MAX_STEPS


def free_name(wanted: str, taken: set[str]) -> str:
    """``wanted``, with a number when that name is taken."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}{number}"
    return name


def pick(rng: random.Random, *choices: str) -> str:
    """One of several wordings."""
    return rng.choice(choices)
