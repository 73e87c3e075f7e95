"""Where the tools of a repository lie on a plane (K2 report, Figure 9): t-SNE of what they say.

TF-IDF of the words and word pairs of name, description and home (a domain's title and setting, or
a server's name), 50 components by truncated SVD (latent semantic analysis), t-SNE of those. One
thread and a fixed seed: the same tools give the same map on a machine. Needs scikit-learn, the
`page` extra.
"""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factory.report.strata import stratified

MOST_POINTS = 5000
"""t-SNE of all 33,000 tools of the `k2_tools` recipe takes minutes; of so many, ten seconds."""
FEWEST_POINTS = 12
COMPONENTS = 50
PERPLEXITY = 30.0
ITERATIONS = 600
ANGLE = 0.7
"""Of the Barnes-Hut tree: coarser than the default 0.5, twice as fast, alike to the eye."""
SEED = 7
NEIGHBOURS = 10
COMMON = 0.1
"""Share of the tools from which on a word says nothing of any."""
UNSORTED = "uncategorised"

_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+")


@dataclass(frozen=True)
class Place:
    """A tool on the plane; `x` and `y` in [0, 1]."""

    id: str
    name: str
    origin: str
    category: str
    x: float
    y: float


@dataclass(frozen=True)
class ToolMap:
    """`places` of a sample of the `total` tools there are. `alike`: the mean share of a place's
    NEIGHBOURS nearest ones that are of its category; `chance`: what it would be for any others."""

    places: tuple[Place, ...]
    total: int
    alike: float
    chance: float


def can_map() -> bool:
    """Whether scikit-learn is installed."""
    return importlib.util.find_spec("sklearn") is not None


def tool_map(
    tools: Sequence[Mapping[str, Any]], homes: Mapping[str, str], most: int = MOST_POINTS
) -> ToolMap | None:
    """The map of tool records (id, original_name, origin, and description, category, domain_id,
    server if any); `homes`: domain id → what is said of the domain.

    More than `most` tools are sampled, stratified by origin and category. None when there are too
    few for a map, or scikit-learn is not installed.
    """
    if len(tools) < FEWEST_POINTS or not can_map():
        return None
    chosen = stratified(tools, lambda t: (t["origin"], category_of(t)), lambda t: t["id"], most)
    plane = _plane([text_of(tool, homes) for tool in chosen])
    places = tuple(
        Place(tool["id"], tool["original_name"], tool["origin"], category_of(tool), x, y)
        for tool, (x, y) in zip(chosen, plane, strict=True)
    )
    alike, chance = _neighbours(places)
    return ToolMap(places, len(tools), alike, chance)


def category_of(tool: Mapping[str, Any]) -> str:
    """A tool's category, said in words if it has none."""
    return str(tool.get("category") or UNSORTED)


def text_of(tool: Mapping[str, Any], homes: Mapping[str, str]) -> str:
    """The words of a tool's name, twice, of its description, and of its domain or server."""
    name = _WORD_BORDER.sub(" ", tool["original_name"])
    home = homes.get(tool.get("domain_id") or "") or tool.get("server") or ""
    return f"{name} . {name} . {(tool.get('description') or '')[:2000]} . {home}"


def _plane(texts: Sequence[str]) -> list[tuple[float, float]]:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import normalize
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        weights = _weights(texts)
        if weights is None:
            return [(0.5, 0.5)] * len(texts)
        size = min(COMPONENTS, weights.shape[1] - 1, len(texts) - 1)
        if size < 2:
            return [(0.5, 0.5)] * len(texts)
        dense = TruncatedSVD(size, random_state=SEED).fit_transform(weights)
        flat = TSNE(
            perplexity=min(PERPLEXITY, (len(texts) - 1) / 3),
            init="pca",
            random_state=SEED,
            max_iter=ITERATIONS,
            angle=ANGLE,
            n_jobs=1,
        ).fit_transform(normalize(dense))
    low, high = flat.min(axis=0), flat.max(axis=0)
    span = [float(s) or 1.0 for s in high - low]
    return [
        (round(float((x - low[0]) / span[0]), 4), round(float((y - low[1]) / span[1]), 4))
        for x, y in flat
    ]


def _weights(texts: Sequence[str]) -> Any:
    """TF-IDF as a sparse matrix, without the words that too many tools have (unless there are
    hardly any others); None when no word stands in two texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    for most in (COMMON, 1.0):
        words = TfidfVectorizer(
            sublinear_tf=True,
            ngram_range=(1, 2),
            stop_words="english",
            min_df=2,
            max_df=most,
            max_features=20_000,
        )
        try:
            weights = words.fit_transform(texts)
        except ValueError:  # no word is left
            continue
        if weights.shape[1] > COMPONENTS or most == 1.0:
            return weights
    return None


def _neighbours(places: Sequence[Place]) -> tuple[float, float]:
    """(share of the nearest places that are of a place's own category, the same for any places)."""
    from sklearn.neighbors import NearestNeighbors

    spots = [(place.x, place.y) for place in places]
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1, n_jobs=1).fit(spots)
    found = near.kneighbors(return_distance=False, n_neighbors=NEIGHBOURS)
    same = sum(
        places[i].category == places[int(j)].category for i, row in enumerate(found) for j in row
    )
    sizes = Counter(place.category for place in places)
    pairs = len(places) * (len(places) - 1)
    return (
        same / (len(places) * NEIGHBOURS),
        sum(size * (size - 1) for size in sizes.values()) / pairs,
    )
