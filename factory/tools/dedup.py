"""Which tools of a run are too like another: exact and near duplicates, and programs or interfaces
that are the same but for their nouns too many times over.

A function of the sketches in dataset order and the settings alone: every worker decides the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Any

import numpy as np

from factory.held import Held
from factory.stage import Context, Store
from factory.tools.alike import Pairs, Texts, alike_pairs
from factory.tools.settings import REPLACING, DuplicateSettings
from factory.tools.signature import digest

THRESHOLDS = (0.6, 0.7, 0.8, 0.9, 1.0)
TWINS = 0.8  # Jaccard index from which another tool is a twin
COLUMNS = ("key", "origin", "step", "parents", "shingles", "bands", "program", "interface")


@dataclass(frozen=True, slots=True)
class Sketch:
    """A row of the signature dataset."""

    key: str
    origin: str
    step: str
    parents: tuple[str, ...]
    shingles: str
    bands: str
    program: str | None
    interface: str

    @property
    def rank(self) -> int:
        """Who goes first when two are alike: authored, evolved, in the style of a server, real."""
        if self.origin == "synthetic":
            return 0 if self.step == "bind" else 1
        return 2 if self.origin == "mcp_style" else 3


@dataclass
class Decision:
    """``dropped``: key → (reason code, detail)."""

    dropped: dict[str, tuple[str, str]] = field(default_factory=dict)


def tool_key(home: str, name: str) -> str:
    """What names a tool in a run before it has an id; ``home``: its domain, server or listing."""
    return f"{home}/{name}"


def left_out(ctx: Context) -> Mapping[str, tuple[str, str]]:
    """Key → (reason code, detail) of what deduplication drops from a run; nothing in a recipe
    without the stage ``signatures``."""
    if "signatures" not in ctx.recipe.stages:
        return {}
    return _decision(Held(ctx.store), ctx.recipe.tools.duplicates).dropped


@lru_cache(maxsize=2)
def _decision(held: Held[Store], settings: DuplicateSettings) -> Decision:
    rows: list[Sketch] = []
    parts: list[Texts] = []
    for batch in held.it.scan("signature", COLUMNS):
        parts.append(Texts.of([row[4] for row in batch], [row[5] for row in batch]))
        rows += [_slim(row) for row in batch]
    return decide(rows, settings, Texts.joined(parts))


def _slim(row: tuple[Any, ...]) -> Sketch:
    """The sketch of a row without its shingles and bands; equal texts are one object."""
    key, origin, step, parents, _, _, program, interface = row
    return Sketch(
        intern(key),
        intern(origin),
        intern(step),
        tuple(map(intern, parents)),
        "",
        "",
        intern(program) if program else None,
        intern(interface),
    )


def decide(
    sketches: Sequence[Sketch], settings: DuplicateSettings, texts: Texts | None = None
) -> Decision:
    """Greedy, in order of rank and dataset: a tool that is too like one already kept goes.

    Real tools are compared with real ones and only for equality: they are evidence, not products.
    ``texts``: the shingles and bands of the sketches when they hold none themselves.
    """
    found = Decision()
    texts = texts or texts_of(sketches)
    ordered = sorted(range(len(sketches)), key=lambda at: sketches[at].rank)
    own = [at for at in ordered if sketches[at].rank < 3]
    real = [at for at in ordered if sketches[at].rank == 3]
    for chosen, threshold in ((own, settings.near_duplicate), (real, 1.0)):
        pairs = alike_pairs(texts.chosen(chosen), threshold)
        _drop_alike([sketches[at] for at in chosen], pairs, found)
    if settings.same_structure is not None:
        kept = [sketches[at] for at in own if sketches[at].key not in found.dropped]
        _drop_common(kept, settings.same_structure, found)
    return found


def texts_of(sketches: Sequence[Sketch]) -> Texts:
    """What is compared of sketches."""
    return Texts.of([s.shingles for s in sketches], [s.bands for s in sketches])


def _drop_alike(sketches: Sequence[Sketch], pairs: Pairs, found: Decision) -> None:
    for late, (early, alike) in _greedy(sketches, pairs).items():
        reason = "exact_duplicate" if alike == 1.0 else "near_duplicate"
        detail = f"Jaccard {alike:.2f} to {sketches[early].key}"
        found.dropped[sketches[late].key] = (reason, detail)


def _greedy(sketches: Sequence[Sketch], pairs: Pairs) -> dict[int, tuple[int, float]]:
    """Place of each sketch that goes → (place of the one kept that it is most like, Jaccard
    index): of several the first."""
    gone: dict[int, tuple[int, float]] = {}
    rows = zip(pairs.second.tolist(), pairs.first.tolist(), pairs.jaccard.tolist(), strict=True)
    for late, likes in groupby(rows, key=itemgetter(0)):
        kept = [
            (alike, -early)
            for _, early, alike in likes
            if early not in gone and sketches[early].key != sketches[late].key
        ]
        if kept:
            alike, early = max(kept)
            gone[late] = (-early, alike)
    return gone


def _drop_common(sketches: Sequence[Sketch], most: int, found: Decision) -> None:
    """Keeps ``most`` tools of each program and of each interface, nouns removed. Authored tools
    come first, among them those whose work no evolved tool of the domain does; which ones of many
    stay is drawn by hash, so that every domain loses a little and none all."""
    built: Counter[tuple[str, str]] = Counter()  # by origin: each is measured by itself
    heirs = {s.parents[0]: s.key for s in sketches if s.step in REPLACING and s.parents}

    def turn(sketch: Sketch) -> tuple[int, bool, str]:
        return sketch.rank, sketch.key in heirs, digest(sketch.key)

    for sketch in sorted(sketches, key=turn):
        structures = [(sketch.origin, sketch.interface)]
        if sketch.program is not None:
            structures.append((sketch.origin, sketch.program))
        often = max(built[structure] for structure in structures)
        if often >= most:
            detail = f"{often} others are built the same"
            if sketch.key in heirs:
                detail += f"; {heirs[sketch.key]} was evolved from it"
            found.dropped[sketch.key] = ("common_structure", detail)
            continue
        built.update(structures)


# ---- figures


@dataclass(frozen=True)
class Likeness:
    """How alike the tools of one set are."""

    tools: int
    kept_share: dict[str, float]
    """Threshold → share that deduplication at that Jaccard index would keep."""
    with_twin: float
    """Share that has another tool at a Jaccard index of 0.8 or more."""
    common_interface: float
    """Share whose interface, nouns removed, more than 20 others have too."""
    common_program: float | None


def likeness(sketches: Sequence[Sketch]) -> Likeness:
    """The measures of a set of tools: the same for synthetic and real ones."""
    pairs = alike_pairs(texts_of(sketches), min(THRESHOLDS))
    close = pairs.at_least(TWINS)
    twins = len(np.union1d(close.first, close.second))
    kept = {
        str(t): _share(len(sketches) - len(_greedy(sketches, pairs.at_least(t))), len(sketches))
        for t in THRESHOLDS
    }
    programs = [s.program for s in sketches if s.program]
    return Likeness(
        len(sketches),
        kept,
        _share(twins, len(sketches)),
        _common([s.interface for s in sketches]),
        _common(programs) if programs else None,
    )


def _common(signatures: Sequence[str]) -> float:
    counts = Counter(signatures)
    return _share(sum(n for n in counts.values() if n > 21), len(signatures))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
