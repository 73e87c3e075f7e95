"""The page against figures counted here from the rows, hostile text, and missing data."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from factory.report.page import write_page
from factory.shards import ShardError
from tests.report.made_run import MadeRun

HOSTILE = '"><script>alert(1)</script><img src=x onerror="alert(2)">\'><a href=http://evil.example>'
HOSTILE += "\x1b[2J\u202e</pre></details>]]>--><style>"
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Reader(HTMLParser):
    """Tags, their attributes and their balance; the text of the page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def read(root: Path) -> tuple[str, Reader]:
    page = Path(write_page(str(root))).read_text(encoding="utf-8")
    return page, Reader(page)


@pytest.fixture(scope="module")
def page(run_folder: Path) -> tuple[str, Reader]:
    return read(run_folder)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory) -> tuple[str, Reader]:
    return read(MadeRun(tasks=12, hostile=HOSTILE).write(tmp_path_factory.mktemp("hostile")))


def headline(page: str) -> dict[str, str]:
    found = re.findall(r"<div><b>([^<]*)</b><span>([^<]*)</span>", page)
    return {name: value for value, name in found}


def test_headline_figures_are_those_of_the_rows(page, made):
    figures = headline(page[0])
    kept = sum(row["keep"] for row in made.rows["verdict"])
    assert figures["trajectories kept"] == str(kept)
    assert figures["rewrites kept"] == str(sum(row["keep"] for row in made.rows["rewrite"]))
    assert figures["tools"] == str(len(made.rows["tool"]))
    tokens = sum(len(re.findall(r"\w+|[^\w\s]", row["text"])) for row in made.rows["pretrain"])
    assert figures["pretraining tokens"] == f"{tokens:,}"


def test_charts_hold_counts_and_rates_counted_from_the_rows(page, made):
    keep = {row["trajectory_id"]: row["keep"] for row in made.rows["verdict"]}
    skills = Counter(row["skill"] for row in made.rows["trajectory"])
    kept = Counter(row["skill"] for row in made.rows["trajectory"] if keep[row["id"]])
    for skill, count in skills.items():
        rate = kept[skill] / count
        shown = f"{rate:.0%}" if rate in (0, 1) else f"{rate:.1%}"
        assert f"<title>{skill}: {shown}</title>" in page[0]
        good = sum(
            row["outcome"] == "success" for row in made.rows["trajectory"] if row["skill"] == skill
        )
        if good:
            assert f"<title>{skill}, success: {good} of {count}</title>" in page[0]
    for kind, count in Counter(row["kind"] for row in made.rows["task"]).items():
        assert f"<title>{kind}: {count}</title>" in page[0]
    turns = Counter(row["num_turns"] for row in made.rows["trajectory"])
    for value, count in turns.items():
        assert f"<title>{value} turns: {count}</title>" in page[0]


def test_stage_table_names_every_stage_and_its_rejects(page, made):
    for row in made.figures():
        cells = [
            row["stage"],
            f"{row['inputs']}",
            f"{row['kept']}",
            f"{sum(row['rejected'].values())}",
        ]
        start = f'<tr><th scope="row">{cells[0]}</th>'
        assert start + "".join(f"<td>{cell}</td>" for cell in cells[1:]) in page[0]
    tasks = next(row for row in made.figures() if row["rejected"].get("no_plan"))
    made_in_all = tasks["kept"] + sum(tasks["rejected"].values())
    assert f"<title>no_plan: 6 · {6 / made_in_all:.1%}</title>" in page[0]
    assert f"{tasks['kept'] / made_in_all:.1%} retained" in page[0]


def test_obligations_are_shares_of_all_drafts(page, made):
    rejected = next(row for row in made.figures() if row["stage"] == "tasks")["rejected"]
    drafts = len(made.rows["task"]) + sum(rejected.values())
    met = 1 - rejected["no_plan"] / drafts
    assert f"<title>a plan was found: {met:.1%}</title>" in page[0]
    assert f"{len(made.rows['task'])} of {drafts} drafts" in page[0]


def test_page_loads_nothing_from_anywhere(page):
    text, reader = page
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {
        tag for tag, _ in reader.tags
    }
    for _, attributes in reader.tags:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "@import" not in text
    assert "url(" not in text
    assert "default-src 'none'" in text


def test_page_is_well_formed_and_its_links_lead_somewhere(page, hostile_page):
    for _, reader in (page, hostile_page):
        assert not reader.unbalanced
        assert not reader.open
        ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
        assert len(ids) == len(set(ids))
        links = {a["href"][1:] for tag, a in reader.tags if tag == "a" and a.get("href")}
        assert links <= set(ids)


def test_hostile_text_stays_text(hostile_page, page):
    text, reader = hostile_page
    kinds = [attributes.get("type") for tag, attributes in reader.tags if tag == "script"]
    assert [kind for kind in kinds if kind != "application/json"] == [None]
    assert {tag for tag, _ in reader.tags} <= {tag for tag, _ in page[1].tags}
    for _, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "alert(1)" in "".join(reader.text)  # shown to the reader, as what it is


def test_page_is_a_function_of_the_run(run_folder):
    assert read(run_folder)[0] == read(run_folder)[0]


def test_ten_trajectories_of_all_kinds_and_skills_kept_and_rejected(page, made):
    summaries = re.findall(r'<details class="talk".*?</summary>', page[0], re.S)
    assert len(summaries) == 10
    chips = Counter(re.findall(r'class="chip [^"]*">([^<]*)', "".join(summaries)))
    for kind in {row["kind"] for row in made.rows["task"]}:
        assert chips[kind.replace("_", " ")] >= 1
    for skill in {row["skill"] for row in made.rows["trajectory"]}:
        assert chips[skill.replace("_", " ")] >= 1
    verdicts = Counter(name.split(" · ")[0] for name in chips.elements() if " · " in name)
    assert verdicts == {"kept": 7, "rejected": 3}


def test_masked_messages_faults_and_evidence_are_marked(page):
    text = page[0]
    assert "masked from the loss</span>" in text
    assert re.search(r'class="msg tool faulted" id="t\d+-m\d+">.{0,200}fault: timeout', text)
    assert re.search(r'state_goal · weight 1 <a href="#t\d+-m\d+">message \d+</a>', text)
    assert "<code>berths/b" in text  # changes of the state


def test_changed_fact_is_marked_on_both_sides(page):
    mark = '<mark class="fair" title="number: changed">'
    assert f"{mark}18 metres</mark>" in page[0]
    assert f"{mark}80 metres</mark>" in page[0]
    assert "rejected: numbers_lost" in page[0]


def test_training_shows_loss_tau_and_dropped_rows(page):
    assert 'aria-label="Pretraining loss by step"' in page[0]
    assert 'aria-label="Fine-tuning loss by step"' in page[0]
    assert ">τ = 100</text>" in page[0]
    assert "<title>too_long: 15</title>" in page[0]


@pytest.mark.parametrize("only", [["tool"], ["trajectory"], ["rewrite"], ["verdict", "sft"]])
def test_partial_runs_say_what_is_missing(made, tmp_path, only):
    _, reader = read(made.write(tmp_path, only=only))
    text = "".join(reader.text)
    assert not reader.unbalanced
    for kind in ("tool", "task", "trajectory", "rewrite"):
        assert (f"No {kind} dataset." in text) == (kind not in only)


def test_training_alone_makes_a_page(run_folder, tmp_path):
    shutil.copytree(run_folder / "train", tmp_path / "train")
    (tmp_path / "train" / "sft" / "metrics.jsonl").write_text('{"type": "header"}\n{"type": "st')
    text = "".join(read(tmp_path)[1].text)
    assert "No step is done yet." in text
    assert "Pretraining" in text


def test_folder_of_no_run_is_named(tmp_path):
    with pytest.raises(ShardError, match="nothing of a run here"):
        write_page(str(tmp_path))
    with pytest.raises(ShardError, match="nothing of a run here"):
        write_page(str(tmp_path / "absent"))


def test_page_needs_neither_torch_nor_beam():
    code = (
        "import sys, factory.report.page, factory.report.terminal, factory.report.tabular;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'apache_beam', 'datasets')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
