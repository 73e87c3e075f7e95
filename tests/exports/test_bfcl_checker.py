"""Exported questions and answers go through BFCL's own AST checker (`bfcl-eval` on PyPI).

Its module of model configurations imports clients of every vendor; the checker asks it one thing
only, whether a model writes `_` for `.`, so a stand-in answers that.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.exports.test_forms import exported

pytest.importorskip("bfcl_eval", reason="pip install --no-deps bfcl-eval")
CONFIGURATIONS = "bfcl_eval.constants.model_config"
Check = Callable[[Any, Any, Any, str], bool]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Check:
    """(functions, calls, acceptable calls, category) → whether the checker takes the calls."""
    stand_in = ModuleType(CONFIGURATIONS)
    setting = SimpleNamespace(underscore_to_dot=False)
    stand_in.MODEL_CONFIG_MAPPING = defaultdict(lambda: setting)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, CONFIGURATIONS, stand_in)
    from bfcl_eval.constants.enums import Language
    from bfcl_eval.eval_checker.ast_eval.ast_checker import ast_checker

    def answers(functions: Any, calls: Any, acceptable: Any, category: str) -> bool:
        found = ast_checker(functions, calls, acceptable, Language.PYTHON, category, "any")
        return bool(found["valid"])

    return answers


def as_called(value: Any) -> Any:
    """The first acceptable value of every parameter: what a model that is right would say."""
    if isinstance(value, dict):
        return {key: as_called(choices[0]) for key, choices in value.items()}
    return [as_called(item) for item in value] if isinstance(value, list) else value


def spoilt(calls: list[dict[str, dict[str, Any]]]) -> Iterator[Any]:
    """The calls, each time with one value of one call changed."""
    for position, call in enumerate(calls):
        for name, arguments in call.items():
            for key, value in arguments.items():
                changed = deepcopy(calls)
                changed[position][name][key] = not value if isinstance(value, bool) else "no such"
                yield changed


def test_the_outside_checker_takes_every_answer_and_no_spoilt_one(
    tmp_path: Path, check: Check
) -> None:
    files = exported("bfcl", tmp_path)
    questions = files["bfcl_single.jsonl"]
    answers = {row["id"]: row["ground_truth"] for row in files["bfcl_single_answer.jsonl"]}
    assert len(questions) > 20
    for question in questions:
        truth, functions = answers[question["id"]], question["function"]
        calls = [{name: as_called(arguments) for name, arguments in call.items()} for call in truth]
        assert check(functions, calls, truth, question["category"]), question["id"]
        for wrong in spoilt(calls):
            assert not check(functions, wrong, truth, question["category"]), question["id"]
