"""Texts of benchmarks are found again in what a run makes: verbatim, edited, in any file format."""

from __future__ import annotations

import asyncio
import json
import random
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factory.authors import lone_context
from factory.decontamination.likeness import Index, jaccard, overlap, sketch, words_of
from factory.decontamination.settings import DecontaminationSettings
from factory.decontamination.stages import (
    Benchmarks,
    checked_texts,
    clean,
    parts_of,
    sketch_file,
)
from factory.decontamination.texts import BenchmarkUnreadable, benchmark_files, read_texts
from factory.recipe import Recipe, parse_recipe
from factory.stage import Reject
from pipelines.line import Inputs, Work
from pipelines.sources import BenchmarkFiles
from tests.agents.agentic_line import MemoryStore, line

OPENINGS = (
    "Hi, I booked two seats on the evening flight from Oslo to Lisbon and I would like to move "
    "both of them to the morning flight on the same day, please.",
    "My parcel with the blue kettle arrived broken. Can you send me a new one or give me my "
    "money back to the card I paid with?",
)
TOOL = {
    "name": "reschedule_flight_booking",
    "description": "Moves every passenger of a booking to another flight on the same route and "
    "charges or refunds the difference in fare.",
}
POLICY = (
    "A refund goes back to the payment method of the order within seven working days. Never offer "
    "a voucher unless the customer asks for one."
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tau").mkdir()
    (tmp_path / "tau" / "policy.md").write_text(f"# Returns\n\n{POLICY}\n")
    rows = [{"id": 1, "user": {"opening": OPENINGS[0]}}, {"id": 2, "turns": [OPENINGS[1]]}]
    (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "tools.json").write_text(json.dumps({"tools": [{"function": TOOL}]}, indent=1))
    table = pa.table({"q": ["What is the tallest lighthouse on the coast of Brittany?", None]})
    pq.write_table(table, tmp_path / "live.parquet")
    (tmp_path / "notes.txt").write_text(
        "too short\n\nA line of plain text that stands by itself.\n"
    )
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path


def benchmarks(folder: Path) -> tuple[Benchmarks, MemoryStore, Recipe]:
    recipe = parse_recipe({"decontamination": {"folder": str(folder)}})
    store = MemoryStore()
    source = BenchmarkFiles(recipe)
    for record in source.read(0, len(source)):
        ctx = lone_context(recipe=recipe, store=store, stage="benchmarks")
        store.add("benchmark", asyncio.run(sketch_file(record, ctx)))
    ctx = lone_context(recipe=recipe, store=store, stage="tasks")

    async def same(record, _):
        return [record]

    return (lambda record: asyncio.run(clean(same)(record, ctx))[0]), store, recipe


def edited(text: str, count: int, rng: random.Random) -> str:
    """A text with so many of its words replaced, left out or doubled."""
    words = text.split()
    for at in rng.sample(range(len(words)), count):
        words[at] = rng.choice(("", f"{words[at]} really", "perhaps"))
    return " ".join(word for word in words if word)


def as_task(opening: str) -> dict:
    return {"opening": opening, "agenda": {"later": []}}


def as_agent(policy: str) -> dict:
    policies = [{"code": "p", "text": policy}]
    return {"policies": policies, "system_prompt": "You are an agent."}


def as_tool(name: str, about: str) -> dict:
    return {"original_name": name, "description": about, "inputSchema": {}}


def test_every_file_is_read_with_its_lines(folder: Path) -> None:
    files = benchmark_files(str(folder))
    assert files == ["live.parquet", "notes.txt", "tasks.jsonl", "tau/policy.md", "tools.json"]
    assert read_texts(folder / "tasks.jsonl") == [(1, OPENINGS[0]), (2, OPENINGS[1])]
    located = {text: line for line, text in read_texts(folder / "tools.json")}
    raw = (folder / "tools.json").read_text().splitlines()
    assert TOOL["description"] in raw[located[TOOL["description"]] - 1]
    assert (3, POLICY) in read_texts(folder / "tau" / "policy.md")


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{")
    with pytest.raises(BenchmarkUnreadable, match=r"bad\.jsonl"):
        read_texts(tmp_path / "bad.jsonl")
    with pytest.raises(FileNotFoundError, match="no folder"):
        benchmark_files(str(tmp_path / "missing"))


@pytest.mark.parametrize(
    ("made", "file", "place"),
    [
        (as_task(OPENINGS[0]), "tasks.jsonl", 1),
        (as_task(f"Good morning! {OPENINGS[1]} Thanks a lot."), "tasks.jsonl", 2),
        (as_tool("rescheduleFlightBooking", TOOL["description"]), "tools.json", None),
        (as_agent(POLICY), "tau/policy.md", 3),
        (as_agent(POLICY.split(". ")[0] + "."), "tau/policy.md", 3),
    ],
)
def test_what_is_verbatim_is_removed_and_its_place_named(folder, made, file, place) -> None:
    check, _, _ = benchmarks(folder)
    found = check(made)
    assert isinstance(found, Reject) and found.reason == "contaminated"
    assert f"{file} line {place or ''}".strip() in found.detail


def test_what_is_lightly_edited_is_removed(folder: Path) -> None:
    check, _, _ = benchmarks(folder)
    rng = random.Random(4)
    for _ in range(40):
        for text in OPENINGS:
            assert isinstance(check(as_task(edited(text, 3, rng))), Reject)
        about = edited(TOOL["description"], 2, rng)
        assert isinstance(check(as_tool(TOOL["name"], about)), Reject)
        assert isinstance(check(as_agent(edited(POLICY, 3, rng))), Reject)


def test_what_the_factory_makes_itself_is_not_flagged(folder: Path) -> None:
    check, _, _ = benchmarks(folder)
    rows = [row for kind in ("tool", "agent", "task") for row in line().rows(kind)]
    assert len(rows) > 300
    assert [row for row in rows if isinstance(check(row), Reject)] == []


def test_another_text_on_the_same_subject_is_not_flagged(folder: Path) -> None:
    check, _, _ = benchmarks(folder)
    for text in (
        "Could you change my flight to Lisbon? The evening one no longer suits me.",
        "The kettle I ordered is the wrong colour, what can we do about it?",
    ):
        assert not isinstance(check(as_task(text)), Reject)
    assert not isinstance(check(as_tool("move_booking", "Moves a booking to a later day.")), Reject)


def test_minhash_finds_what_an_exact_comparison_finds() -> None:
    rng = random.Random(1)
    vocabulary = [f"w{n}" for n in range(300)]
    texts = [" ".join(rng.choices(vocabulary, k=rng.randint(8, 40))) for _ in range(220)]
    index = Index([sketch(words_of(text)) for text in texts])
    missed = tried = 0
    for text in texts:
        one = sketch(words_of(edited(text, max(1, len(text.split()) // 8), rng)))
        scores = [(max(jaccard(one, o), overlap(one, o)), n) for n, o in enumerate(index.sketches)]
        strength, number = max(scores)
        if jaccard(one, index.sketches[number]) >= 0.55 or strength >= 0.65:
            tried += 1
            found = index.closest(one, 0.5, 0.6)
            missed += found is None or found.number != number
    assert tried > 120 and missed <= 0.02 * tried


def test_thirty_three_thousand_tools_against_ten_thousand_texts_take_seconds() -> None:
    """On a part of each, counted up; CPU time, which the load of the machine changes least."""
    rng = random.Random(2)
    vocabulary = [f"word{int(min(1e6, rng.paretovariate(0.1)))}" for _ in range(20000)]

    def text(low: int, high: int) -> list[str]:
        return rng.choices(vocabulary, k=rng.randint(low, high))

    started = time.process_time()
    index = Index([sketch(text(8, 40)) for _ in range(5_000)])
    built = time.process_time() - started
    tools = [text(6, 30) for _ in range(400)]
    started = time.process_time()
    for words in tools:
        index.closest(sketch(words), 0.5, 0.6)
    spent = time.process_time() - started
    assert 2 * built + 2 * 33_000 / 400 * spent < 90


def test_a_folder_adds_the_stage_and_a_stage_needs_a_folder() -> None:
    recipe = parse_recipe({"decontamination": {"folder": "x"}, "stages": ["domains", "tools"]})
    assert recipe.stages == ("benchmarks", "domains", "tools")
    assert "benchmarks" not in parse_recipe({}).stages
    with pytest.raises(ValueError, match="decontamination.folder"):
        parse_recipe({"stages": ["benchmarks", "domains"]})


def test_tools_agents_and_tasks_are_checked_where_they_are_made(folder: Path) -> None:
    recipe = parse_recipe({"decontamination": {"folder": str(folder)}})
    for name, checked in (("tools", True), ("tasks", True), ("trajectories", False)):
        work = Work(recipe, "nowhere", name)
        branch = work.stage.branches[0]
        assert (work.function(branch) is not branch.resolve()) is checked
    assert Inputs(Work(recipe, "nowhere", "benchmarks")).lengths == [5]


def test_only_what_a_benchmark_may_hold_is_compared() -> None:
    task = {"opening": "a", "agenda": {"later": [{"text": "b", "tools": []}]}}
    assert [text for _, text in checked_texts(task)] == ["a", "b"]
    long = " ".join(f"Sentence number {n} says something of its own here." for n in range(12))
    assert len(list(parts_of(long, 4))) == 13
    assert DecontaminationSettings().folder is None
