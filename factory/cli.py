"""The `factory` command. Thin: each verb's module declares its options and imports what it needs
only when it runs, so that `factory --help` costs next to nothing."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from factory import __version__

VERBS = (
    "run",
    "journal",
    "prompt",
    "harvest",
    "inspect",
    "export",
    "validate",
    "mcp",
    "replay",
    "train",
    "fidelity",
    "judge",
    "report",
)

DESCRIPTION = """\
Verified agentic and rephrased training data: generated, proven, packed and trained on.

  factory run pipelines/recipes/demo.yaml --out out/demo   make datasets from a recipe
  factory inspect out/demo/task                            look at what came out
  factory validate out/demo                                check rows, checksums, references
  factory replay out/demo                                  re-execute every trajectory
  factory train pretrain CONFIG --data out/demo --out out/demo/train/pretrain
  factory report out/demo                                  one page of all of it

A run that was stopped is resumed by the same command. `factory VERB --help` says more.
"""
EPILOG = "exit codes: 0 done, 1 the data or the run has a problem, 2 the call itself is wrong"


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = argparse.ArgumentParser(
        prog="factory",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"factory {__version__}")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    verbs = root.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        import_module(f"factory.commands.{verb}").declare(verbs, shared)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code. Errors are one line on stderr."""
    arguments = parser().parse_args(argv)
    # pyarrow is not loaded yet: its own pool reserves 18 MB, and workers inherit the choice.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    try:
        code: int = arguments.execute(arguments)
        return code
    except KeyboardInterrupt:
        print("factory: interrupted; the same command resumes", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        if arguments.debug:
            traceback.print_exc()
        lines = str(error).splitlines() or [type(error).__name__]
        known = type(error).__module__.startswith(("factory", "pipelines")) or isinstance(
            error, FileNotFoundError | ModuleNotFoundError
        )
        if not known:
            lines = [f"{type(error).__name__}: {lines[0]} (--debug shows where)"]
        for line in lines:
            print(f"factory {arguments.verb}: {line}", file=sys.stderr)
        return 2 if _is_usage(error) else 1


def _is_usage(error: Exception) -> bool:
    """Whether the call was wrong rather than the data: recipes, options, missing files."""
    names = {base.__name__ for base in type(error).__mro__}
    return bool(names & {"CommandError", "ConfigError", "FileNotFoundError", "ModuleNotFoundError"})


if __name__ == "__main__":
    sys.exit(main())
