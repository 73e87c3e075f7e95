"""Evolution of tools that list: paginate, aggregate, and the parts they share with others."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.tools.evolution.place import (
    Operation,
    Place,
    listing,
    pick,
    plain,
    program_of,
    title_words,
)
from factory.worlds.programs import readings

Step = dict[str, Any]


def control(place: Place, words: str, about: str, low: int, high: int, default: int) -> Step:
    """A whole-number param that steers a listing."""
    return {
        "name": place.named(words),
        "type": "integer",
        "semantic": words.replace(" ", "_"),
        "use": "control",
        "description": about,
        "required": False,
        "minimum": low,
        "maximum": high,
        "default": default,
    }


def without_paging(search: Mapping[str, Any]) -> Step:
    """A search of all rows that match."""
    return {key: node for key, node in search.items() if key not in ("limit", "offset")}


def filters(program: Mapping[str, Any], search: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The params with which a search is narrowed."""
    read = {m["value"]["arg"] for m in search["match"] if isinstance(m["value"], Mapping)
            and "arg" in m["value"] and "field" not in m["value"]}  # fmt: skip
    return [param for param in program["params"] if param["name"] in read]


def unpaged(program: Mapping[str, Any], search: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The params of a listing but those that say how much of it is shown."""
    paging = {node["arg"] for key in ("limit", "offset") for node in readings(search.get(key))
              if "arg" in node and "field" not in node}  # fmt: skip
    return [param for param in program["params"] if param["name"] not in paging]


def paginate(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """A listing that answers page by page: by page number, by offset, or after the last id."""
    parent = parents[0]
    program = parent["program"]
    shape = listing(program)
    if shape is None or "offset" in shape[0]:
        return None
    search, out = shape
    style = rng.choice(["pages", "offset", "cursor"])
    found = {"var": search["as"]}
    before = program["steps"][: program["steps"].index(search)]
    table = place.tables[search["table"]]
    rows = {out: program["returns"][out]}
    if style == "cursor":
        params, steps, values, returns = _after_id(place, search, table, rng)
    elif style == "offset":
        params, steps, values, returns = _by_offset(place, search, rng)
    else:
        params, steps, values, returns = _by_page(place, search, rng)
    plural = table["plural"]
    about = {
        "pages": pick(
            rng,
            f"Walks through {plural} one page at a time and says how many pages there are.",
            f"One page of {plural}. Ask for the next page until the last one is reached.",
            f"Page through {plural}; every answer tells the total and the number of pages.",
        ),
        "offset": pick(
            rng,
            f"A window of {plural}: skip some, take some, and learn whether more follow.",
            f"Reads {plural} in slices; the answer says where the next slice begins.",
        ),
        "cursor": pick(
            rng,
            f"{plural} in the order of their ids, starting after the last one already seen.",
            f"Follows all {plural} from a cursor. Pass the cursor of one answer to get the next.",
        ),
    }[style]
    title = pick(rng, f"page through {plural}", f"browse {plural}", f"{title_words(parent)} paged",
                 f"fetch {plural} page", f"scan {plural}")  # fmt: skip
    return place.drawn(
        [parent], "paginate", "list", title, about,
        program_of([*unpaged(program, search), *params], [*before, *steps,
                   {"do": "return", "values": {out: found, **values}}],
                   {**rows, **returns}, program["errors"]),
    )  # fmt: skip


Part = tuple[list[Step], list[Step], dict[str, Any], dict[str, Any]]
COUNT = {"type": "integer", "semantic": "count"}
FLAG = {"type": "boolean", "semantic": "flag"}


def _by_page(place: Place, search: Mapping[str, Any], rng: random.Random) -> Part:
    size = rng.choice([5, 8, 10, 12, 20, 25])
    page = control(place, "page", "Number of the page, from 1.", 1, 200, 1)
    per = control(
        place,
        pick(rng, "page size", "per page", "results per page"),
        f"How many a page holds; {size} unless told otherwise.",
        1,
        rng.choice([25, 40, 50, 100]),
        size,
    )
    skipped = {"op": "mul", "of": [{"op": "sub", "of": [{"arg": page["name"]}, 1]},
                                   {"arg": per["name"]}]}  # fmt: skip
    steps = [
        {"do": "compute", "as": "skipped", "value": skipped},
        {
            **without_paging(search),
            "limit": {"arg": per["name"]},
            "offset": {"var": "skipped"},
            "count": "total",
        },
    ]
    seen = {"op": "add", "of": [{"var": "skipped"}, {"op": "len", "of": [{"var": search["as"]}]}]}
    values = {
        place.named("page"): {"arg": page["name"]},
        place.named("total"): {"var": "total"},
        place.named("more pages"): {"op": "lt", "of": [seen, {"var": "total"}]},
    }
    returns = {
        place.named("page"): {"type": "integer", "semantic": "page"},
        place.named("total"): COUNT,
        place.named("more pages"): FLAG,
    }
    return [page, per], steps, values, returns


def _by_offset(place: Place, search: Mapping[str, Any], rng: random.Random) -> Part:
    skip = control(place, pick(rng, "offset", "skip", "start at"), "How many to pass over.", 0,
                   1000, 0)  # fmt: skip
    take = control(place, pick(rng, "limit", "take", "max results"), "How many to return at most.",
                   1, rng.choice([30, 50, 100]), rng.choice([10, 15, 20, 25]))  # fmt: skip
    steps = [
        {
            **without_paging(search),
            "limit": {"arg": take["name"]},
            "offset": {"arg": skip["name"]},
            "count": "total",
        }
    ]
    end = {"op": "add", "of": [{"arg": skip["name"]}, {"op": "len", "of": [{"var": search["as"]}]}]}
    names = place.named("next offset"), place.named("has more"), place.named("total")
    values = {
        names[0]: end,
        names[1]: {"op": "lt", "of": [end, {"var": "total"}]},
        names[2]: {"var": "total"},
    }
    returns = {names[0]: COUNT, names[1]: FLAG, names[2]: COUNT}
    return [skip, take], steps, values, returns


def _after_id(
    place: Place, search: Mapping[str, Any], table: Mapping[str, Any], rng: random.Random
) -> Part:
    cursor = {
        "name": place.named(pick(rng, "cursor", "after", "starting after", "page token")),
        "type": "string",
        "semantic": "cursor",
        "use": "control",
        "description": f"Id of the last {table['noun']} already seen; leave it out to begin.",
        "required": False,
        "min_length": 1,
        "gen": {"pattern": f"{table['prefix']}" + "#" * table["digits"]},
    }
    take = control(place, pick(rng, "limit", "count", "batch size"), "How many to return at most.",
                   1, rng.choice([25, 50]), rng.choice([5, 10, 20]))  # fmt: skip
    after = {"field": table["key"], "op": "gt", "value": {"arg": cursor["name"]}, "optional": True}
    found = search["as"]
    steps = [
        {
            **without_paging(search),
            "match": [*search["match"], after],
            "order": [table["key"], "asc"],
            "limit": {"arg": take["name"]},
            "count": "left",
        }
    ]
    ids = {"var": found, "field": table["key"]}
    names = place.named("next cursor"), place.named("remaining")
    here = {"op": "len", "of": [{"var": found}]}
    values = {
        names[0]: {"op": "last", "of": [ids]},
        names[1]: {"op": "sub", "of": [{"var": "left"}, here]},
    }
    text = {"type": "string", "semantic": "cursor", "nullable": True}
    return [cursor, take], steps, values, {names[0]: text, names[1]: COUNT}


# ---- figures instead of rows


def aggregate(place: Place, parents: Sequence[Operation], rng: random.Random) -> Operation | None:
    """A listing that answers with figures: counts by a field, totals, or the extreme row."""
    parent = parents[0]
    program = parent["program"]
    shape = listing(program)
    if shape is None:
        return None
    search, _ = shape
    table = place.tables[search["table"]]
    kinds = {
        "group": [c for c in table["fields"] if _groups(c)],
        "figures": [c for c in table["fields"] if _counts(c)],
        "extreme": [c for c in table["fields"] if _counts(c) or c["type"] == "date"],
    }
    kind = rng.choice([name for name, columns in kinds.items() if columns] or ["none"])
    if kind == "none":
        return None
    column = rng.choice(kinds[kind])
    rows = {"var": search["as"]}
    made = {"group": _grouped, "figures": _figures, "extreme": _extreme}[kind]
    title, about, values, returns = made(place, table, column, rows, kinds["figures"], rng)
    before = program["steps"][: program["steps"].index(search)]
    whole = {key: node for key, node in without_paging(search).items() if key != "order"}
    return place.drawn(
        [parent], "aggregate", "aggregate", title, about,
        program_of(unpaged(program, search), [*before, whole, {"do": "return", "values": values}],
                   returns, program["errors"]),
    )  # fmt: skip


def _groups(column: Mapping[str, Any]) -> bool:
    return column["type"] in ("enum", "boolean") or bool(column.get("ref"))


def _counts(column: Mapping[str, Any]) -> bool:
    return column["type"] in ("integer", "number")


Figures = tuple[str, str, dict[str, Any], dict[str, Any]]


def _grouped(
    place: Place,
    table: Mapping[str, Any],
    column: Mapping[str, Any],
    rows: Mapping[str, Any],
    numbers: Sequence[Mapping[str, Any]],
    rng: random.Random,
) -> Figures:
    words, plural = plain(column["name"]), table["plural"]
    node: dict[str, Any] = {"op": "group", "of": [rows], "by": column["name"]}
    total = rng.choice(numbers) if numbers and rng.random() < 0.5 else None
    if total:
        node["total"] = total["name"]
        summed = plain(total["name"])
        title = pick(rng, f"total {summed} by {words}", f"sum {summed} of {plural} by {words}")
        about = pick(
            rng,
            f"Adds up {summed} of the {plural} for every {words} and counts them.",
            f"How much {summed} falls to each {words}, with the number of {plural} behind it.",
        )
    else:
        title = pick(rng, f"count {plural} by {words}", f"{plural} breakdown by {words}",
                     f"tally {plural} per {words}")  # fmt: skip
        about = pick(
            rng,
            f"How many {plural} there are for each {words}, after the filters.",
            f"Counts {plural} by {words}; groups without any are left out.",
            f"The distribution of {plural} over {words}.",
        )
    out, count = place.named(f"by {words}"), place.named("total count")
    values = {out: node, count: {"op": "len", "of": [rows]}}
    group = {"type": "array", "semantic": "group", "total": total is not None}
    return title, about, values, {out: group, count: COUNT}


def _figures(
    place: Place,
    table: Mapping[str, Any],
    column: Mapping[str, Any],
    rows: Mapping[str, Any],
    _: Sequence[Mapping[str, Any]],
    rng: random.Random,
) -> Figures:
    words, plural = plain(column["name"]), table["plural"]
    cells = {"var": rows["var"], "field": column["name"]}
    wanted = rng.sample(["count", "total", "average", "highest"], rng.randint(2, 3))
    number = {"type": "number", "semantic": column.get("kind", "number")}
    exact = {**number, "type": column["type"]}
    # the sum of no cells is a whole zero, which a number may be but not the other way round
    nodes: dict[str, tuple[Any, dict[str, Any]]] = {
        "count": ({"op": "len", "of": [rows]}, COUNT),
        "total": ({"op": "sum", "of": [cells]}, exact),
        "average": ({"op": "average", "of": [cells]}, number),
        "highest": (
            {"op": "extreme", "of": [rows], "field": column["name"], "order": "desc"},
            {"type": "object", "semantic": table["name"], "table": table["name"], "nullable": True},
        ),
    }
    outs = {key: "count" if key == "count" else f"{key} {words}" for key in wanted}
    values = {place.named(outs[key]): nodes[key][0] for key in wanted}
    returns = {place.named(outs[key]): nodes[key][1] for key in wanted}
    title = pick(rng, f"{words} statistics", f"summarize {words} of {plural}",
                 f"{table['noun']} {words} figures")  # fmt: skip
    listed = ", ".join(outs[key] for key in wanted)
    about = pick(
        rng,
        f"Figures on the {words} of {plural}: {listed}.",
        f"Computes {listed} over all {plural} that pass the filters.",
    )
    return title, about, values, returns


def _extreme(
    place: Place,
    table: Mapping[str, Any],
    column: Mapping[str, Any],
    rows: Mapping[str, Any],
    _: Sequence[Mapping[str, Any]],
    rng: random.Random,
) -> Figures:
    words, noun = plain(column["name"]), table["noun"]
    order = rng.choice(["asc", "desc"])
    most = ("earliest" if order == "asc" else "latest") if column["type"] == "date" else (
        "lowest" if order == "asc" else "highest")  # fmt: skip
    node = {"op": "extreme", "of": [rows], "field": column["name"], "order": order}
    row = {"type": "object", "semantic": table["name"], "table": table["name"], "nullable": True}
    out, among = place.named(table["name"]), place.named("out of")
    title = pick(rng, f"find {noun} with {most} {words}", f"get {most} {words} {noun}")
    about = pick(
        rng,
        f"The one {noun} with the {most} {words}, or null when no {noun} passes the filters.",
        f"Compares {table['plural']} by {words} and returns the {noun} where it is {most}.",
    )
    values = {out: node, among: {"op": "len", "of": [rows]}}
    return title, about, values, {out: row, among: COUNT}
