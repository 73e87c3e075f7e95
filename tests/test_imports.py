"""Who may import whom (DESIGN §2), and what an import may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def python(code: str) -> str:
    """Standard output of a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_imports_run_downwards_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "module",
    [
        "factory",
        "factory.cli",
        "factory.recipe",
        "factory.stage",
        "factory.shards.store",
        "factory.tools.synthesise",
        "factory.tasks.compose",
        "factory.trajectories.simulate",
        "factory.rephrase.knowledge",
        "factory.report.page",
    ],
)
def test_the_factory_loads_neither_beam_nor_torch(module: str) -> None:
    heavy = python(
        f"import sys, {module}\n"
        "print({'apache_beam', 'torch', 'openai', 'datasets', 'transformers'} & set(sys.modules))"
    )
    assert heavy.strip() == "set()"


def test_the_pipelines_load_no_torch_and_the_trainer_no_beam() -> None:
    assert python("import sys, pipelines.run; print('torch' in sys.modules)").strip() == "False"
    assert python("import sys, factory.train.run; print('apache_beam' in sys.modules)") == "False\n"


def test_help_loads_nothing_but_what_words_it() -> None:
    """Help is there at once: some 40 ms of CPU, where pydantic or pyarrow alone take 100."""
    code = (
        "import contextlib, io, sys\n"
        "from factory.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['--help'])\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}"
        " - set(sys.stdlib_module_names)))"
    )
    loaded = set(ast.literal_eval(python(code)))
    assert not loaded & {"pydantic", "pyarrow", "numpy", "yaml", "jsonschema", "rich"}
    assert "factory" in loaded


def test_a_run_does_without_pandas_which_still_loads_for_who_wants_it() -> None:
    code = (
        "import sys\n"
        "from pipelines.lean import load_beam_leanly\n"
        "load_beam_leanly()\n"
        "import pipelines.run, pyarrow\n"
        "pyarrow.Table.from_pylist([{'a': 1}])\n"
        "print('pandas' in sys.modules)\n"
        "import pandas\n"
        "print(pandas.Series([1]).sum())"
    )
    assert python(code).split() == ["False", "1"]
