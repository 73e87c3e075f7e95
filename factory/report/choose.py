"""Which few records the page shows whole: chosen by fixed rules, in one pass, in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from factory.records import Record

Cell = tuple[str, str, bool]
"""(task kind, skill, kept)."""
KEPT_AND_REJECTED = (True, True, False)
"""Of every three trajectories the third is a rejected one, as long as there are both."""
READABLE = range(400, 2000)
"""Characters of a rewrite that can be read beside its source."""
ENOUGH_FACTS = 5
EXAMPLES = 20
CELL_ROWS = 8


def passing(rows: Iterable[Record], look: Callable[[Record], None]) -> Iterator[Record]:
    """The rows again, each shown to `look` on its way: two readers of one pass."""
    for row in rows:
        look(row)
        yield row


@dataclass(frozen=True)
class Candidate:
    """What choosing needs to know of a trajectory."""

    id: str
    kind: str
    skill: str
    kept: bool
    outcome: str
    interest: int

    @property
    def order(self) -> tuple[int, str]:
        """Most interesting first, ties by id."""
        return (-self.interest, self.id)


def _candidate(row: Record, keep: Mapping[str, bool], kinds: Mapping[str, str]) -> Candidate:
    """A few calls and a fault make a conversation worth reading; very many make it long."""
    calls = row["num_tool_calls"]
    interest = 3 * (row["num_faults"] > 0) + min(calls, 4) - max(0, calls - 8)
    kept = keep.get(row["id"], row["outcome"] == "success")
    kind = kinds.get(row["task_id"], "task")
    return Candidate(row["id"], kind, row["skill"], kept, row["outcome"], interest)


def choose_trajectories(
    rows: Iterable[Record], keep: Mapping[str, bool], kinds: Mapping[str, str], count: int = 10
) -> list[str]:
    """Ids of `count` trajectories that differ in task kind, skill, outcome and verdict.

    `rows` need id, task_id, skill, outcome, num_tool_calls and num_faults only; at most `count`
    candidates of each (kind, skill, kept) are remembered. Each choice takes the kind, then the
    skill, then the outcome that was chosen least so far.
    """
    cells: dict[Cell, list[Candidate]] = {}
    for row in rows:
        found = _candidate(row, keep, kinds)
        cell = cells.setdefault((found.kind, found.skill, found.kept), [])
        cell.append(found)
        cell.sort(key=lambda candidate: candidate.order)
        del cell[count:]
    pool = [candidate for cell in cells.values() for candidate in cell]
    return _varied(pool, count)


def _varied(pool: list[Candidate], count: int) -> list[str]:
    used: Counter[tuple[str, str]] = Counter()

    def novelty(c: Candidate) -> tuple[int, int, int, int, str]:
        marks = used["kind", c.kind], used["skill", c.skill], used["outcome", c.outcome]
        return (*marks, *c.order)

    chosen: list[str] = []
    while pool and len(chosen) < count:
        wanted = KEPT_AND_REJECTED[len(chosen) % len(KEPT_AND_REJECTED)]
        side = [candidate for candidate in pool if candidate.kept == wanted] or pool
        best = min(side, key=novelty)
        pool.remove(best)
        chosen.append(best.id)
        used.update([("kind", best.kind), ("skill", best.skill), ("outcome", best.outcome)])
    return chosen


@dataclass
class RewriteChooser:
    """Remembers a few telling rewrites of each (subject, style, kept) it has seen."""

    best: dict[tuple[str, str, bool], list[Record]] = field(default_factory=dict)

    def see(self, row: Record) -> None:
        """Consider one rewrite."""
        key = (row["subject"], row["style"], row["keep"])
        rows = self.best.setdefault(key, [])
        rows.append(row)
        rows.sort(key=_telling, reverse=True)
        del rows[CELL_ROWS:]

    def examples(self, count: int = EXAMPLES) -> list[Record]:
        """Rewrites of knowledge, of different sources and styles as far as there are: every third
        one rejected if there are so many, the rest kept."""
        kept = _apart(self._of("knowledge", True), count)
        rejected = _apart(self._of("knowledge", False), count)
        shown: list[Record] = []
        while len(shown) < count and (kept or rejected):
            wanted = rejected if len(shown) % 3 == 2 else kept
            shown.append((wanted or kept or rejected).pop(0))
        return shown

    def notes(self) -> list[Record]:
        """The learning note with the most to show, and one from another language if there is."""
        found = self._of("math", True) or self._of("math", False)
        found.sort(key=lambda row: len(row["equations"]), reverse=True)
        plain = [row for row in found if not row.get("translation")]
        translated = [row for row in found if row.get("translation")]
        return plain[:1] + translated[:1]

    def _of(self, subject: str, kept: bool) -> list[Record]:
        cells = (rows for key, rows in self.best.items() if (key[0], key[2]) == (subject, kept))
        return sorted((row for rows in cells for row in rows), key=_telling, reverse=True)


def _apart(rows: list[Record], count: int) -> list[Record]:
    """The first rows of which no two share a source or a style, then the others."""
    chosen: list[Record] = []
    for row in rows:
        if all(row[key] != other[key] for other in chosen for key in ("source_id", "style")):
            chosen.append(row)
    ids = {row["id"] for row in chosen}
    return (chosen + [row for row in rows if row["id"] not in ids])[:count]


def _telling(row: Record) -> tuple[bool, bool, bool, float, str]:
    """Short enough to read, with facts on both sides, one of them wrong if rejected, reworded."""
    pairs = sum("start" in fact and "source_start" in fact for fact in row["ledger"])
    moved = any(fact["status"] in ("changed", "invented", "dropped") for fact in row["ledger"])
    novelty = float(row["scores"].get("novelty") or 0)
    readable = len(row["text"]) in READABLE
    return (readable, pairs >= ENOUGH_FACTS, moved and not row["keep"], novelty, row["id"])
