"""Where a stage's inputs come from: numbered items that any worker can read a slice of."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

from factory import records
from factory.decontamination.texts import benchmark_files, read_texts
from factory.mcp.catalogue import read_catalogue
from factory.mcp.harvest import HarvestError, harvest, harvest_command, harvest_url
from factory.mcp.servers import resolve
from factory.recipe import Recipe
from factory.records import Record
from factory.resources import folder
from factory.shards import open_dataset, storage
from factory.shards.store import RunStore

Item = Callable[[], Record]


class Source(Protocol):
    """A numbered, finite list of input records, the same on every machine."""

    def __len__(self) -> int:
        """How many inputs there are."""

    def read(self, start: int, stop: int) -> list[Record]:
        """Inputs `start` to `stop`, each with an `id`."""

    def fingerprint(self) -> str:
        """Changes when what would be read changes; of outside material only."""


class Seeds:
    """Inputs of a stage that makes records from nothing but chance: `{id, index}`."""

    def __init__(self, stage: str, count: int) -> None:
        self.stage = stage
        self.count = count

    def __len__(self) -> int:
        return self.count

    def read(self, start: int, stop: int) -> list[Record]:
        """Seed records `start` to `stop`."""
        return [
            {"id": records.digest("seed", self.stage, str(index)), "index": index}
            for index in range(start, min(stop, self.count))
        ]

    def fingerprint(self) -> str:
        """Empty: nothing from outside."""
        return ""


class Rows:
    """The rows of a finished dataset of the run, in dataset order."""

    def __init__(self, root: str, kind: str) -> None:
        self.path = storage.join(root, kind)

    @cached_property
    def dataset(self) -> Any:
        """The dataset, opened when first needed: it is finished by then."""
        return open_dataset(self.path)

    def __len__(self) -> int:
        return int(self.dataset.num_rows)

    def read(self, start: int, stop: int) -> list[Record]:
        """Rows `start` to `stop`."""
        rows: list[Record] = self.dataset.slice_rows(start, stop)
        return rows

    def fingerprint(self) -> str:
        """Empty: the run's own data."""
        return ""


class SpreadRows:
    """The rows of a finished dataset, ordered so that kept rows of one source stand far apart.

    Each source's kept rows are laid out evenly over the whole. One that would still come within
    `apart` rows of another of its source is marked `too_near` (how far the other one is), and comes
    after all that were placed, as do rows that are not kept.
    """

    def __init__(self, root: str, kind: str, group: str, seed: int, apart: int = 0) -> None:
        self.store = RunStore(root)
        self.kind = kind
        self.group = group
        self.seed = seed
        self.apart = apart

    @cached_property
    def placed(self) -> tuple[list[str], dict[str, int]]:
        """Ids in the spread order, and those that found no place with what kept them from it."""
        rows = zip(
            self.store.ids(self.kind),
            self.store.column(self.kind, self.group),
            self.store.column(self.kind, "keep"),
            strict=True,
        )
        kept: list[tuple[str, str]] = []
        others: list[str] = []
        for record_id, group, keep in rows:
            if keep:
                kept.append((record_id, group))
            else:
                others.append(record_id)
        order, near = placed(spread(kept, self.seed), dict(kept), self.apart)
        return [*order, *near, *others], near

    def __len__(self) -> int:
        return len(self.placed[0])

    def read(self, start: int, stop: int) -> list[Record]:
        """Rows `start` to `stop` of the spread order."""
        order, near = self.placed
        rows = []
        for record_id in order[start:stop]:
            row = self.store.get(self.kind, record_id)
            rows.append({**row, "too_near": near[record_id]} if record_id in near else row)
        return rows

    def fingerprint(self) -> str:
        """Empty: the run's own data."""
        return ""


def spread(rows: Sequence[tuple[str, str]], seed: int) -> list[str]:
    """Ids of (id, source) rows, each source's rows at even distances over the whole, the first of
    them at a place drawn by hash."""
    count = Counter(source for _, source in rows)
    seen: Counter[str] = Counter()
    keyed = []
    for record_id, source in rows:
        drawn = int(records.digest(str(seed), source), 16) / 2**128
        keyed.append(((seen[source] + drawn) / count[source], record_id))
        seen[source] += 1
    return [record_id for _, record_id in sorted(keyed)]


def placed(
    order: Sequence[str], sources: Mapping[str, str], apart: int
) -> tuple[list[str], dict[str, int]]:
    """The order without what stands within `apart` rows of a row of its source, and what that is,
    with the distance it had."""
    kept: list[str] = []
    near: dict[str, int] = {}
    last: dict[str, int] = {}
    for record_id in order:
        source = sources[record_id]
        distance = len(kept) - last[source] if source in last else None
        if distance is not None and distance <= apart:
            near[record_id] = distance
            continue
        last[source] = len(kept)
        kept.append(record_id)
    return kept, near


class Specs:
    """Authored domain specifications, in the order of their files."""

    def __init__(self, recipe: Recipe) -> None:
        self.settings = recipe.domains

    @cached_property
    def items(self) -> list[Record]:
        """The chosen specifications."""
        from factory.worlds.specs import load_specs

        root = folder("tool_specs") if self.settings.specs == "builtin" else self.settings.specs
        limit = self.settings.per_category
        chosen = [
            spec
            for spec in load_specs(root, self.settings.categories).domains
            if limit is None or spec["index"] < limit
        ]
        return evenly(chosen, self.settings.count)

    def __len__(self) -> int:
        return len(self.items)

    def read(self, start: int, stop: int) -> list[Record]:
        """Specifications `start` to `stop`, the id a content address."""
        return [
            {"id": records.digest("spec", records.canonical_json(spec)), **spec}
            for spec in self.items[start:stop]
        ]

    def fingerprint(self) -> str:
        """Digest of all that the specifications say."""
        return records.digest(records.canonical_json(self.items))


def evenly(specs: Sequence[Record], count: int | None) -> list[Record]:
    """Up to `count` specifications (all for None) in their order: two of each category, then two
    more of each, so that a small run still has neighbours in one category and strangers in
    others."""
    if count is None or count >= len(specs):
        return list(specs)
    ranked: list[tuple[int, int]] = []
    seen: dict[str, int] = defaultdict(int)
    for position, spec in enumerate(specs):
        category = spec["category"]["name"]
        ranked.append((seen[category] // 2, position))
        seen[category] += 1
    chosen = sorted(position for _, position in sorted(ranked)[:count])
    return [specs[position] for position in chosen]


class Briefs:
    """Seeds of domains that a model writes: `{id, index, category, brief, avoid}`."""

    def __init__(self, recipe: Recipe) -> None:
        self.asked = bool(recipe.mix_of("domain_author"))
        self.settings = recipe.domains

    @cached_property
    def items(self) -> list[Record]:
        """One brief a domain; the categories take turns."""
        from factory.worlds.specs import domain_names

        if not self.asked:
            return []
        own = self.settings.specs
        root = folder("tool_specs") if own == "builtin" else Path(own)
        known: dict[str, list[str]] = defaultdict(list)
        for name, category in domain_names(root).items():
            known[category].append(name)
        categories = self.settings.written.categories or self.settings.categories or sorted(known)
        return [
            {
                "index": index,
                "category": category,
                "brief": self.settings.written.brief,
                "avoid": known.get(category, []),
            }
            for index in range(self.settings.written.count)
            for category in (categories[index % len(categories)],)
        ]

    def __len__(self) -> int:
        return self.settings.written.count if self.asked else 0

    def read(self, start: int, stop: int) -> list[Record]:
        """Briefs `start` to `stop`, the id a content address."""
        return [
            {"id": records.digest("brief", records.canonical_json(item)), **item}
            for item in self.items[start:stop]
        ]

    def fingerprint(self) -> str:
        """Digest of the briefs; empty when no domain is to be written."""
        return records.digest(records.canonical_json(self.items)) if self.asked else ""


class Listings:
    """Real servers to list over stdio, then the lines of catalogue files."""

    def __init__(self, recipe: Recipe) -> None:
        self.settings = recipe.listings

    @cached_property
    def items(self) -> list[Item]:
        """One function an entry; a server is started only when its entry is read."""
        limit = self.settings.timeout_seconds
        servers: list[Item] = [
            partial(_listed, name, version, partial(harvest, name, server, version, limit))
            for name, server, version in resolve(self.settings.servers)
        ]
        servers += [
            partial(_listed, name, command, partial(harvest_command, name, command, limit))
            for name, command in self.settings.commands.items()
        ]
        headers = self.settings.headers
        servers += [
            partial(
                _listed, name, url, partial(harvest_url, name, url, headers.get(name, {}), limit)
            )
            for name, url in self.settings.urls.items()
        ]
        lines: list[Item] = [
            partial(_entry, listing)
            for path in self.settings.catalogs
            for listing in read_catalogue(path)
        ]
        return servers + lines

    def __len__(self) -> int:
        return len(self.items)

    def read(self, start: int, stop: int) -> list[Record]:
        """Entries `start` to `stop` as `{id, listing}` or `{id, failure}`."""
        return [self._dated(item()) for item in self.items[start:stop]]

    def _dated(self, entry: Record) -> Record:
        """The entry with the day of the harvest, if the recipe names one and the entry none."""
        listing = entry.get("listing")
        if self.settings.date is None or listing is None or "date" in listing["source"]:
            return entry
        dated = {**listing, "source": {**listing["source"], "date": self.settings.date}}
        return _entry(dated)

    def fingerprint(self) -> str:
        """Digest of the catalogue lines and of the servers' versions."""
        lines = [
            records.canonical_json(listing)
            for path in self.settings.catalogs
            for listing in read_catalogue(path)
        ]
        versions = [version for _, _, version in resolve(self.settings.servers)]
        return records.digest(*versions, *lines)


class McpServers:
    """Seeds of servers in the style of published ones: `{id, index, size, service}`."""

    def __init__(self, recipe: Recipe) -> None:
        self.count = recipe.mcp_style.count or 0
        self.seed = recipe.seed

    @cached_property
    def services(self) -> list[Any]:
        """The services of `tool_specs/mcp_style.yaml`; not read when no server is wanted."""
        from factory.worlds.specs import read_yaml

        file = folder("tool_specs") / "mcp_style.yaml"
        services: list[Any] = read_yaml(file)["services"] if self.count else []
        return services

    @cached_property
    def sizes(self) -> list[int]:
        """The number of tools of each server."""
        from factory.tools.mcp_style import server_sizes

        return server_sizes(self.seed, self.count)

    def __len__(self) -> int:
        return len(self.sizes)

    def read(self, start: int, stop: int) -> list[Record]:
        """Seeds `start` to `stop`; the services take turns."""
        return [
            {
                "id": records.digest("mcp_server", str(index)),
                "index": index,
                "size": self.sizes[index],
                "service": self.services[index % len(self.services)],
            }
            for index in range(start, min(stop, len(self)))
        ]

    def fingerprint(self) -> str:
        """Digest of what the services say; empty when no server is wanted."""
        return records.digest(records.canonical_json(self.services)) if self.count else ""


def _listed(name: str, version: str, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Record:
    """The entry of a server that is asked now; what goes wrong becomes the entry's `failure`."""
    try:
        return _entry(asyncio.run(ask()))
    except HarvestError as error:
        return {"id": records.digest("server", name, version), "failure": str(error)}


def _entry(listing: dict[str, Any]) -> Record:
    return {"id": records.digest("listing", records.canonical_json(listing)), "listing": listing}


class Documents:
    """Documents of every path the recipe names, in the order named."""

    def __init__(self, recipe: Recipe) -> None:
        self.settings = recipe.documents

    @cached_property
    def refs(self) -> list[Any]:
        """References to the chosen documents."""
        from factory.rephrase.reading.documents import enumerate_documents

        return [
            ref
            for path in self.settings.paths
            for ref in enumerate_documents([path])[: self.settings.count]
        ]

    def __len__(self) -> int:
        return len(self.refs)

    def read(self, start: int, stop: int) -> list[Record]:
        """Documents `start` to `stop`; one that can't be read as `{id, failure, reason}`."""
        return [_document(ref) for ref in self.refs[start:stop]]

    def fingerprint(self) -> str:
        """Digest of every document's id, which is a hash of its content."""
        return records.digest(*(record["id"] for record in self.read(0, len(self))))


def _document(ref: Any) -> Record:
    from factory.rephrase.reading.documents import DocumentError, read_document

    try:
        return read_document(ref)
    except DocumentError as error:
        failed = records.digest("document", ref.uri)
        return {"id": failed, "failure": str(error), "reason": error.reason, "uri": ref.uri}


class BenchmarkFiles:
    """The files of the benchmark folder, each with its texts."""

    def __init__(self, recipe: Recipe) -> None:
        self.folder = recipe.decontamination.folder

    @cached_property
    def files(self) -> list[str]:
        """Paths below the folder."""
        return benchmark_files(self.folder) if self.folder else []

    def __len__(self) -> int:
        return len(self.files)

    def read(self, start: int, stop: int) -> list[Record]:
        """Files `start` to `stop`: {id, file, texts: [[line, text], ...]}."""
        root = Path(self.folder or "")
        return [
            {
                "id": records.digest("benchmark", file),
                "file": file,
                "texts": read_texts(root / file),
            }
            for file in self.files[start:stop]
        ]

    def fingerprint(self) -> str:
        """Over the names and contents of the files."""
        root = Path(self.folder or "")
        sums = (storage.sha256((root / file).read_bytes()) for file in self.files)
        return records.digest(*self.files, *sums) if self.files else ""
