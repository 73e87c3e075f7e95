"""The map of tools as SVG: a panel an origin, a colour a category, the rest faint behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from factory.report.charts import percent
from factory.report.markup import escape
from factory.report.toolmap import Place, ToolMap

SIZE = 560
MARGIN = 14
CHARACTER = 0.66
"""Mean width of a character of a bold label, in font sizes."""
LARGE, MIDDLE, SMALL = 10.5, 13.0, 17.0
"""Font sizes in units of the drawing: the first of three panels is drawn large, the others small,
two are of equal size."""
MOST_LABELS = 18
LEAST_LABELLED = 5
CELL = 40
KEY_ENTRIES = 12
LARGE_KEY = 48
LABEL_SHARE = 0.4
"""Of the dots around a label, those that must be of its category."""
FEW = 12
"""So many hues can be told apart when they are spread evenly."""
GOLDEN = 137.508
"""Degrees: hues of neighbours in the list lie far apart."""
ORIGIN_NAMES = {"synthetic": "Synthetic", "mcp_style": "MCP-style", "real": "Real MCP"}


def map_html(found: ToolMap) -> str:
    """One figure for each origin that has tools, with its legend; names come from `map_data`."""
    hues = _hues(found)
    origins = [o for o in ORIGIN_NAMES if any(place.origin == o for place in found.places)]
    sizes = [LARGE, SMALL, SMALL] if len(origins) == len(ORIGIN_NAMES) else [MIDDLE, MIDDLE]
    panels = "".join(
        _panel(found, origin, hues, size) for origin, size in zip(origins, sizes, strict=False)
    )
    return f'<div class="maps">{panels}</div><p class="fine">{escape(caption(found))}</p>'


def caption(found: ToolMap) -> str:
    """How the map was made, of how many tools."""
    sampled = (
        f"A sample of {len(found.places):,} of the {found.total:,} tools, each category of each "
        "origin in proportion"
        if len(found.places) < found.total
        else f"All {found.total:,} tools"
    )
    return (
        f"{sampled}; all panels share one plane. t-SNE (perplexity 30) of 50 latent semantic "
        "components of the words and word pairs in name, description and domain or server: near "
        f"means said alike. Of a tool's ten nearest neighbours {percent(found.alike)} are of its "
        f"category ({percent(found.chance)} by chance). Grey: the tools of the other panels. "
        "Point at a dot for its name, at a category for its dots; a click keeps the category lit."
    )


def map_data(found: ToolMap) -> dict[str, Any]:
    """Names of the dots, {origin: {category: [names]}}, each list in the order of its path."""
    return {
        origin: {
            category: [place.name for place in places]
            for category, places in _by_category(found, origin).items()
        }
        for origin in ORIGIN_NAMES
    }


def _hues(found: ToolMap) -> dict[str, tuple[float, int]]:
    """Category → (hue in degrees, tone 0 to 2); the same in all panels."""
    counts = Counter(place.category for place in found.places)
    order = sorted(counts, key=lambda name: (-counts[name], name))
    turn = 360 / len(order) if len(order) <= FEW else GOLDEN
    return {name: (i * turn % 360, i // FEW % 3) for i, name in enumerate(order)}


def _by_category(found: ToolMap, origin: str) -> dict[str, list[Place]]:
    """The places of an origin, the category with most first."""
    groups: dict[str, list[Place]] = {}
    for place in found.places:
        if place.origin == origin:
            groups.setdefault(place.category, []).append(place)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))


def _panel(found: ToolMap, origin: str, hues: Mapping[str, tuple[float, int]], font: float) -> str:
    groups = _by_category(found, origin)
    others = [place for place in found.places if place.origin != origin]
    name = ORIGIN_NAMES[origin]
    shown = sum(len(places) for places in groups.values())
    dots = "".join(
        f'<path class="dot t{hues[category][1]}" style="--h:{hues[category][0]:.0f}" '
        f'data-category="{escape(category)}" d="{_path(places)}"/>'
        for category, places in groups.items()
    )
    labels = "".join(_labels(groups, font))
    entries = [_key_entry(category, len(places), hues) for category, places in groups.items()]
    key = _key(entries, LARGE_KEY if font == LARGE else KEY_ENTRIES)
    return (
        f'<figure class="map" data-origin="{origin}"><figcaption><h3>{name}</h3>'
        f"<p>{shown:,} tools in {len(groups)} "
        f"categor{'y' if len(groups) == 1 else 'ies'}</p></figcaption>"
        f'<svg class="plane" viewBox="0 0 {SIZE} {SIZE}" role="img" '
        f'aria-label="Map of {name} tools"><path class="rest" d="{_path(others)}"/>'
        f'{dots}<g class="names" font-size="{font}">{labels}</g></svg>{key}</figure>'
    )


def _key_entry(category: str, count: int, hues: Mapping[str, tuple[float, int]]) -> str:
    hue, tone = hues[category]
    return (
        f'<li><button type="button" data-category="{escape(category)}">'
        f'<i class="t{tone}" style="--h:{hue:.0f}"></i>{escape(words(category))} '
        f"<small>{count}</small></button></li>"
    )


def _key(entries: Sequence[str], most: int) -> str:
    """The legend; what is past its first entries can be unfolded."""
    first = f'<ul class="key">{"".join(entries[:most])}</ul>'
    rest = entries[most:]
    if not rest:
        return first
    return (
        f'{first}<details class="more"><summary>{len(rest)} more categories</summary>'
        f'<ul class="key">{"".join(rest)}</ul></details>'
    )


def words(category: str) -> str:
    """A category for people: `home_automation` → `home automation`."""
    return category.replace("_", " ")


def _at(place: Place) -> tuple[float, float]:
    room = SIZE - 2 * MARGIN
    return MARGIN + place.x * room, MARGIN + (1 - place.y) * room


def _path(places: Iterable[Place]) -> str:
    """Dots as zero-length strokes with round caps: one element for any many of them."""
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in map(_at, places))


def _labels(groups: Mapping[str, Sequence[Place]], font: float) -> list[str]:
    """Names where a category is at its densest and prevails, none over another."""
    taken: list[tuple[float, float, float, float]] = []
    made: list[str] = []
    crowd = Counter(_cell(place) for places in groups.values() for place in places)
    spots = {category: _densest(places) for category, places in groups.items()}
    order = sorted(spots, key=lambda category: (-len(spots[category]), category))
    for category in order:
        near = spots[category]
        if len(near) < LEAST_LABELLED or len(made) >= MOST_LABELS:
            break
        if len(near) < LABEL_SHARE * crowd[_cell(near[0])]:
            continue
        text = words(category)
        half = len(text) * CHARACTER * font / 2
        x = sum(_at(place)[0] for place in near) / len(near)
        y = max(font, min(_at(place)[1] for place in near) - font / 2)
        x = min(max(x, half + 2), SIZE - half - 2)
        box = (x - half, y - font, x + half, y + font / 4)
        if all(_apart(box, other) for other in taken):
            taken.append(box)
            made.append(f'<text x="{x:.0f}" y="{y:.0f}">{escape(text)}</text>')
    return made


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def _cell(place: Place) -> tuple[int, int]:
    x, y = _at(place)
    return int(x // CELL), int(y // CELL)


def _densest(places: Sequence[Place]) -> list[Place]:
    """Those in the cell of a coarse grid that holds most of them."""
    cells: dict[tuple[int, int], list[Place]] = {}
    for place in places:
        cells.setdefault(_cell(place), []).append(place)
    return max((cells[cell] for cell in sorted(cells)), key=len)
