"""Corpus of rewrites, language and curves: planted templates, a broken cap, counted shares."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from factory.report.corpus import CorpusStatistics, most_common_template
from factory.report.corpus_cards import corpus_html
from factory.report.curves import MOST_COLUMNS, curve_cards, head_rows, thinned
from factory.report.heat import heat_table
from factory.report.language import LanguageSamples, Sample, halves_of_templates
from factory.report.language_cards import language_html
from factory.trajectories.diversity import language_figures


def rewrite(i: int, style: str = "notes", **more):
    return {
        "id": f"{i:032x}",
        "source_id": f"s{i // 2}",
        "style": style,
        "text": f"The lamp of pier {i} is lit at dusk by keeper number {i}.",
        "keep": True,
        **more,
    }


@pytest.fixture
def corpus() -> CorpusStatistics:
    found = CorpusStatistics()
    for i in range(20):
        found.see(rewrite(i, style="notes" if i % 2 else "dialogue"))
    for i in range(20, 25):
        found.see(rewrite(i, keep=False, reason="copied" if i < 23 else "names_lost"))
    return found


def test_cap_is_counted_over_all_rows_and_a_broken_one_is_said(corpus):
    recipe = {"rewrites": {"per_source": 2}}
    assert "cap holds" in corpus_html(corpus, {}, recipe)
    corpus.see(rewrite(1, keep=False, reason="copied"))  # the third draft of s0 is no rewrite
    assert "cap holds" in corpus_html(corpus, {}, recipe)
    corpus.see(rewrite(1))
    broken = corpus_html(corpus, {}, recipe)
    assert "cap broken" in broken
    assert "of 13 sources 1 have more, the most kept of one is 3" in broken


def test_heat_cells_are_shares_of_all_rewrites_of_the_style(corpus):
    page = corpus_html(corpus, {}, {})
    row = re.search(r'<th scope="row">notes · 67%</th>(.*?)</tr>', page).group(1)
    assert re.findall(r">([^<]+)</td>", row) == ["20.0%", "13.3%"]  # 3 and 2 of 15
    row = re.search(r'<th scope="row">dialogue · 100%</th>(.*?)</tr>', page).group(1)
    assert re.findall(r">([^<]+)</td>", row) == ["·", "·"]


def test_template_is_what_the_sources_do_not_say():
    pairs = [
        (f"Pier lamps are always lit {word}. Let us now see {word}.", "Pier lamps are always lit.")
        for word in ("salt", "rope", "coal", "wool")
    ]
    assert most_common_template(pairs) == ("let us now see", 1.0)
    said = [(text, text) for text, _ in pairs]
    assert most_common_template(said)[0] == ""


def test_style_figures_are_those_of_its_kept_texts(corpus):
    style = corpus.styles({})["dialogue"]
    assert style.figures["texts"] == 10
    assert style.figures["opening"] == "the lamp of pier"
    assert style.figures["opening_share"] == 1.0
    assert style.template[1] == 1.0


def test_heat_is_strongest_where_the_value_is():
    page = heat_table(["s", "a", "b"], [("x", [0.5, float("nan")]), ("<y>", [0.0, 1.0])], name="h")
    assert re.findall(r"--w:(\d+)%", page) == ["35", "70"]
    assert "&lt;y&gt;" in page


def test_sample_is_the_same_in_any_order():
    one, other = Sample(5), Sample(5)
    for i in range(100):
        one.add(f"k{i}", i)
        other.add(f"k{99 - i}", 99 - i)
    assert one.values() == other.values()
    assert len(one.values()) == 5


def test_language_table_holds_the_figures_of_the_texts(made):
    samples = LanguageSamples()
    for row in made.rows["task"]:
        samples.see_task(row)
    for row in made.rows["trajectory"]:
        samples.see_trajectory(row)
    openings = [row["opening"] for row in made.rows["task"]]
    found = samples.figures()["openings"]
    expected = language_figures(openings, random.Random(0))
    assert {k: found[k] for k in ("texts", "distinct_1", "distinct_2", "distinct_3")} == {
        k: expected[k] for k in ("texts", "distinct_1", "distinct_2", "distinct_3")
    }
    last = Counter(row["messages"][-1]["content"] for row in made.rows["trajectory"])
    assert samples.figures()["last words"]["texts"] == last.total()
    assert f"{found['opening_share']:.0%}" in language_html(samples)


def test_halves_of_few_templates_are_told_apart_and_of_equal_ones_are_not():
    wishes = [f"paint the {thing}" for thing in ("gate", "mast", "door", "keel")] * 30
    few = {"request.calm": ("Kindly {act} today.", "We must {act} now!", "I dread {acting}.")}
    assert halves_of_templates(wishes, random.Random(1), few) == 1.0
    same = {"request.calm": ("{hello}, {act}.", "{hello}, {act}."), "hello": ("Hi|Hey",) * 2}
    assert halves_of_templates(wishes, random.Random(1), same) == pytest.approx(0.5, abs=0.15)


def steps(count: int, heads: int = 2):
    return [
        {
            "type": "step",
            "step": i + 1,
            "loss": 9.0 - i / count,
            "lr": 0.01,
            "gradient_norm": 1.0,
            "max_logit": 5.0,
            "max_logit_by_head": [[float(i), 1.0][:heads], [2.0, 99.0 if i == 7 else 3.0][:heads]],
            "heads_clipped": int(i == 7),
            "update_rms": 0.2,
            "update_rms_adamw": 0.1,
            "expert_imbalance": 1.0,
            "tokens_per_s": 100.0,
            "mfu": None,
        }
        for i in range(count)
    ]


def test_head_rows_keep_every_peak_whatever_the_length():
    names, rows = head_rows(steps(5))
    assert names == ["layer 1 head 1", "layer 1 head 2", "layer 2 head 1", "layer 2 head 2"]
    assert rows[0] == [0.0, 1.0, 2.0, 3.0, 4.0]
    names, rows = head_rows(steps(500))
    assert all(len(row) <= MOST_COLUMNS for row in rows)
    assert max(rows[3]) == 99.0
    assert max(rows[0]) == 499.0


def test_long_curves_are_thinned_by_mean_or_peak():
    points = [(float(i), float(i == 700)) for i in range(2000)]
    assert max(y for _, y in thinned(points, peaks=True)) == 1.0
    assert max(y for _, y in thinned(points)) == pytest.approx(0.2)
    assert thinned(points)[-1][0] == 1999.0
    assert thinned(points[:10]) == points[:10]


def test_curves_show_what_was_recorded_and_nothing_else():
    held_out = [{"type": "evaluation", "step": 10, "loss": 7.5, "tokens": 9}]
    page = "".join(curve_cards(steps(20), held_out, {"qk_clip_tau": 100.0}, "Pilot"))
    assert "held-out loss, 10: 7.5" in page
    assert "layer 2 head 2: 99" in page
    assert "adamw" in page
    assert "Muon" in page
    assert 'aria-label="Pilot heads clipped"' in page
    assert "MFU" not in page  # unknown peak: no card
    assert "held-out" not in "".join(curve_cards(steps(20), [], {}, "Pilot")).replace(
        "no held-out evaluation", ""
    )
