"""The repository in the page against counts made elsewhere, calls made again, hostile text."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from factory.authors import lone_context
from factory.report import tools as tools_page
from factory.report.browser import as_data, browser_data
from factory.report.catalogue import Catalogue, ToolChooser, count_categories
from factory.report.mapchart import map_data, map_html
from factory.report.page import write_page
from factory.report.recordings import record_calls
from factory.report.strata import stratified
from factory.report.toolmap import tool_map
from factory.shards import open_dataset
from factory.stage import Reject, seeded
from factory.tools.synthesise import synthesise
from factory.worlds.domains import bind_domain
from factory.worlds.interpreter import execute
from factory.worlds.sampler import sample_state
from factory.worlds.specs import load_specs
from tests.report.made_run import record, write_dataset

SPECS = Path(__file__).parents[2] / "tool_specs"
NAMES = ("bicycle_shop", "tennis_club")
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\u2028 & <!--'


@pytest.fixture(scope="module")
def bound():
    """Domain id → (domain record, its tool records), of two domains."""
    specs = load_specs(SPECS, ("commerce", "sport_leisure")).domains
    found = {}
    for spec in specs:
        if spec["domain"]["name"] in NAMES:
            ctx = lone_context(record_id=spec["key"], stage="domains")
            (domain,) = asyncio.run(bind_domain(spec, ctx))
            ctx = lone_context(record_id=domain["id"], stage="tools")
            out = asyncio.run(synthesise(domain, ctx))
            found[domain["id"]] = (domain, [t for t in out if not isinstance(t, Reject)])
    assert len(found) == len(NAMES)
    return found


@pytest.fixture(scope="module")
def folder(bound, tmp_path_factory):
    """A run of those tools and some real ones, one of them hostile."""
    real = [
        record(
            "tool",
            name=f"read_{i}",
            original_name=f"read/{i}{HOSTILE if i == 0 else ''}",
            description=HOSTILE if i == 0 else f"Reads page {i} of the almanac.",
            inputSchema={"type": "object", "properties": {HOSTILE: {"type": "string"}}},
            origin="real",
            category=HOSTILE if i == 0 else "almanacs",
            server="almanac",
            licence="MIT",
        )
        for i in range(9)
    ]
    root = tmp_path_factory.mktemp("repository")
    write_dataset(root / "domain", "domain", [domain for domain, _ in bound.values()])
    tools = [tool for _, own in bound.values() for tool in own]
    write_dataset(root / "tool", "tool", [*tools, *real])
    return root


@pytest.fixture(scope="module")
def found(folder) -> Catalogue:
    tools = open_dataset(f"{folder}/tool")
    chooser = ToolChooser(tools)
    for row in tools.rows():
        chooser.see(row)
    return chooser.catalogue(open_dataset(f"{folder}/domain"))


@pytest.fixture(scope="module")
def page(folder) -> Path:
    return Path(write_page(str(folder)))


def test_category_table_equals_a_count_over_the_parquet_files(folder, page):
    table = ds.dataset(sorted(map(str, (folder / "tool").glob("*.parquet")))).to_table(
        columns=["category", "origin", "domain_id"]
    )
    counts = Counter(zip(table["category"].to_pylist(), table["origin"].to_pylist(), strict=True))
    text = page.read_text(encoding="utf-8")
    rows = dict(re.findall(r'<tr><th scope="row">([^<]*)</th>((?:<td>[^<]*</td>){6})</tr>', text))
    for category in ("commerce", "sport_leisure", "almanacs"):
        cells = re.findall(r"<td>([^<]*)", rows[category.replace("_", " ")])
        shown = [0 if cell == "–" else int(cell.replace(",", "")) for cell in cells]
        origins = [counts[category, origin] for origin in ("synthetic", "mcp_style", "real")]
        assert shown[:4] == [*origins, sum(origins)]
    sums = re.findall(r"<td>([^<]*)", rows["all"])
    assert int(sums[3]) == len(table)
    assert int(sums[5]) == len(set(filter(None, table["domain_id"].to_pylist()))) == 2


def test_recorded_calls_made_again_give_the_same_results_and_states(found, bound):
    calls = 0
    for specimen in found.specimens:
        if specimen.tool["origin"] != "synthetic":
            assert not specimen.calls
            continue
        world = bound[specimen.tool["domain_id"]][0]["world"]
        rng = seeded("report", "recorded calls", specimen.tool["id"])
        pristine = sample_state(world, rng).as_json()
        for call in specimen.calls:
            calls += 1
            state = call.before.copy()
            again = execute(specimen.tool["program"], state, call.arguments)
            assert (again.value, again.error) == (call.outcome.value, call.outcome.error)
            assert (call.before.as_json() != pristine) == call.unusual
            content = call.before.as_json()
            for change in call.outcome.changes:  # the diff alone leads to the state after
                rows = content[change.table]
                if change.field is not None:
                    assert rows[change.row_id][change.field] == change.before
                    rows[change.row_id][change.field] = change.after
                elif change.after is None:
                    assert rows.pop(change.row_id) == change.before
                else:
                    assert change.row_id not in rows
                    rows[change.row_id] = change.after
            assert content == state.as_json()
    assert calls > 100


def test_each_tool_is_shown_succeeding_and_refusing(found):
    declared, met = 0, 0
    for specimen in (s for s in found.specimens if s.calls):
        endings = [call.ending for call in specimen.calls]
        assert endings[0] == "success"
        codes = {error["code"] for error in specimen.tool["program"]["errors"]}
        assert set(endings) <= codes | {"success"}
        assert len(set(endings[endings.count("success") :])) == len(endings) - endings.count(
            "success"
        )
        declared, met = declared + len(codes), met + len(set(endings) - {"success"})
    assert met >= 0.95 * declared


def test_recordings_are_a_function_of_the_tool(found, bound):
    specimen = next(s for s in found.specimens if len(s.calls) > 3)
    world = bound[specimen.tool["domain_id"]][0]["world"]
    again = record_calls(specimen.tool, world)
    assert [(c.arguments, c.outcome) for c in again] == [
        (c.arguments, c.outcome) for c in specimen.calls
    ]


def test_browser_shows_what_was_recorded(found):
    for specimen, entry in zip(found.specimens, browser_data(found), strict=True):
        for call, shown in zip(specimen.calls, entry["calls"], strict=True):
            if "more characters" not in shown["request"]:
                assert json.loads(shown["request"]) == call.arguments
            if call.outcome.error is None and "more characters" not in shown["result"]:
                assert json.loads(shown["result"]) == call.outcome.value
            assert len(shown["changes"]) + shown["more"] == len(call.outcome.changes)


def test_hostile_tools_stay_text_in_the_data_blocks(page):
    text = page.read_text(encoding="utf-8")
    blocks = dict(
        re.findall(r'<script type="application/json" id="([^"]+)">(.*?)</script>', text, re.S)
    )
    assert set(blocks) == {"map-data", "tools-data"}
    for block in blocks.values():
        assert not set("<>&\u2028\u2029") & set(block)
    texts = [tool["text"] for tool in json.loads(blocks["tools-data"])]
    assert HOSTILE in texts
    assert "<img" not in text
    assert "<script>alert" not in text
    value = {"a": [HOSTILE, "\u2029", "é"]}
    assert json.loads(as_data(value, "x").partition(">")[2].removesuffix("</script>")) == value


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")
def test_page_works_in_a_browser_and_runs_no_foreign_script(page):
    with tempfile.TemporaryDirectory() as profile:
        shown = subprocess.run(
            [
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                f"--user-data-dir={profile}",
                "--dump-dom",
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
    assert shown.count('<li><button type="button" aria-current=') > 20
    assert "What changed in the world" in shown
    assert "<img" not in shown
    assert shown.count("<script") == 3


def test_map_is_the_same_twice_and_keeps_likes_together():
    words = {"boats": "harbour berth mooring keel tide", "bread": "oven dough rye crust flour"}
    tools = [
        {
            "id": f"{i:032x}",
            "original_name": f"tool{i}",
            "origin": ("synthetic", "real")[i % 2],
            "category": category,
            "description": " ".join(text.split()[j] for j in (i % 5, (i + 1) % 5, (i + 2) % 5)),
        }
        for i in range(60)
        for category, text in [list(words.items())[i // 30]]
    ]
    first = tool_map(tools, {})
    assert first is not None
    assert first == tool_map(list(reversed(tools)), {})
    assert all(0 <= place.x <= 1 and 0 <= place.y <= 1 for place in first.places)
    assert first.alike > 0.8
    assert first.chance == pytest.approx(29 / 59)
    sampled = tool_map(tools, {}, most=20)
    assert sampled is not None
    assert Counter(p.category for p in sampled.places) == {"boats": 10, "bread": 10}
    assert "A sample of 20 of the 60 tools" in map_html(sampled)
    names = map_data(first)
    drawn = re.findall(r'data-category="(\w+)" d="([^"]*)"', map_html(first))
    assert [len(names[o][c]) for o in ("synthetic", "real") for c in names[o]] == [
        path.count("M") for _, path in drawn
    ]


def test_page_without_scikit_learn_says_how_to_get_the_map(found, monkeypatch):
    monkeypatch.setattr(tools_page, "can_map", lambda: False)
    blind = Catalogue(found.categories, None, found.specimens, found.runnable)
    assert "Install the `page` extra" in tools_page._catalogue(blind)


def test_sample_keeps_every_group_and_its_share():
    items = [
        (group, f"{i:03}") for group, size in (("a", 900), ("b", 90), ("c", 1)) for i in range(size)
    ]
    chosen = stratified(items, lambda x: x[0], lambda x: x[1] + x[0], 100)
    counts = Counter(group for group, _ in chosen)
    assert len(chosen) == 100
    assert counts["c"] == 1
    assert counts["a"] == pytest.approx(90, abs=2)
    assert stratified(items, lambda x: x[0], lambda x: x[1] + x[0], 5000) == sorted(
        items, key=lambda x: x[1] + x[0]
    )


def test_executable_tools_are_those_with_a_proof():
    rows = [
        {"origin": "synthetic", "category": "a", "domain_id": "d", "proof": {"samples": 1}},
        {"origin": "real", "category": None, "proof": None},
    ]
    counts = count_categories(rows)
    assert {name: c.executable for name, c in counts.items()} == {"a": 1, "uncategorised": 0}
