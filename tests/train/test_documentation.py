"""The table of equations in docs/training.md: each place exists and cites its source."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`((?:model|optim)/\w+\.py):([\w.]+)`", PAGE)))
SOURCE = re.compile(r"arXiv|report|Algorithm|Moonlight|DeepSeek|YaRN|K2|\blines? \d|eq\.")


def cited(source: str, name: str) -> str:
    """Docstrings of a definition and of what it lies in; for a constant, its own text."""
    tree = ast.parse(source)
    texts, scope = [ast.get_docstring(tree) or ""], tree.body
    for part in name.split("."):
        node = next(
            node
            for node in scope
            if getattr(node, "name", None) == part
            or (isinstance(node, ast.AnnAssign) and getattr(node.target, "id", None) == part)
        )
        if isinstance(node, ast.AnnAssign):
            return ast.get_source_segment(source, node)
        texts.append(ast.get_docstring(node) or "")
        scope = node.body
    return "\n".join(texts)


def test_the_table_names_what_the_report_defines():
    named = {name for _, name in PLACES}
    assert {"newton_schulz", "apply_qk_clip", "frequencies", "update_expert_bias"} <= named
    assert len(PLACES) > 20


@pytest.mark.parametrize(("file", "name"), PLACES, ids=lambda value: str(value))
def test_each_place_exists_and_cites_its_source(file, name):
    source = (ROOT / "factory" / "train" / file).read_text(encoding="utf-8")
    assert SOURCE.search(cited(source, name)), f"{file}:{name} says nothing of its source"


def test_every_field_of_the_metrics_is_in_the_page():
    from factory.train.metrics import FIELDS

    for field in FIELDS:
        assert f"| `{field}` |" in PAGE, field
