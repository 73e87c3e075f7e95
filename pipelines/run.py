"""`factory run`: one recipe, one folder, one Beam pipeline; resumable at any moment."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from factory import __version__
from factory.authors import CHECKERS
from factory.llm.errors import EndpointUnusable, JournalFailed, SpendingCapReached
from factory.recipe import Recipe, StageName
from factory.shards import ShardError, open_dataset, storage
from factory.shards.dataset import MANIFEST
from factory.shards.verify import RUN_FILE
from factory.stage import RunStopped
from pipelines.agentic import agentic
from pipelines.line import STAGE_OF_ROLE, STAGES, Inputs, Work
from pipelines.progress import WORK_FOLDER, clear_counts, read_note
from pipelines.rephrase import rephrase
from pipelines.runner import RunStage

FIGURES_FILE = "figures.json"
STOPS = (EndpointUnusable, JournalFailed, SpendingCapReached)
"""What ends a run from inside a record."""
LOCAL_RUNNER = "FnApiRunner"
"""Named explicitly: Beam's default tries to download another engine."""

Watch = Callable[[], None]


class RunError(RuntimeError):
    """A run that can't start or didn't end well; the message is one line with the remedy."""


class RejectedShareExceeded(RunError):
    """A stage rejected more than the recipe allows; its figures hold the reasons."""

    def __init__(self, stage: str, share: float, limit: float) -> None:
        super().__init__(
            f"stage {stage} rejected {share:.1%} of its output, the recipe allows {limit:.1%}: "
            f"see the reasons above and the reject rows, or raise max_rejected_share.{stage}"
        )


def run(
    recipe: Recipe,
    out: str,
    *,
    workers: int = 1,
    runner: str = LOCAL_RUNNER,
    beam_options: Sequence[str] = (),
    watch: Callable[[Sequence[StageName]], Watch] | None = None,
) -> list[StageName]:
    """Run what is missing of a recipe in a folder; return the stages that had work to do.

    `watch(stages)` gives a function that is called a few times a second while the run goes on.
    Raises RunError, ShardError, RejectedShareExceeded.
    """
    out = out.rstrip("/")
    with _locked(out):
        _claim(recipe, out)
        pending = [name for name in recipe.stages if not _finished(out, name)]
        if not pending:
            if not storage.exists(storage.join(out, FIGURES_FILE)):  # killed just before it
                write_figures(recipe, out)
            return []
        options = _options(runner, workers, beam_options)
        _clear(out, pending)
        pipeline = build(recipe, out, pending, runner, options)
        with _worker_log(out, workers):
            _wait(pipeline, watch(pending) if watch else lambda: None)
        failed = read_note(out, "failed.json")
        write_figures(recipe, out)
        if failed:
            raise RejectedShareExceeded(**failed)
        return pending


def greet_models(recipe: Recipe, out: str, stages: Sequence[StageName]) -> None:
    """Probe the endpoints that a run's pending stages will ask, from where it will ask them.

    Raises EndpointUnusable with the cause.
    """
    roles = [role for role, stage in STAGE_OF_ROLE.items() if stage in stages]
    names = [name for role in roles for name in recipe.mix_of(role)]
    if "rewrites" in stages:
        names += [name for name in map(recipe.checker_of, CHECKERS) if name is not None]
    if not names or recipe.llm.dry_run:
        return
    from factory.llm.desk import journal_folder
    from factory.llm.probe import preflight

    used = {name: recipe.models[name] for name in dict.fromkeys(names)}
    asyncio.run(preflight(used, journal_folder(recipe, out)))


def _greeted(token: str, recipe: Recipe, out: str, stages: Sequence[StageName]) -> str:
    greet_models(recipe, out, stages)
    return token


def build(
    recipe: Recipe,
    out: str,
    stages: Sequence[StageName],
    runner: str = LOCAL_RUNNER,
    options: PipelineOptions | None = None,
) -> beam.Pipeline:
    """The Beam pipeline of a run: the agentic line, then the rephrasing line."""
    pipeline = beam.Pipeline(runner=runner, options=options or PipelineOptions([]))

    def stage(name: StageName) -> Any:
        return RunStage(Work(recipe, out, name)) if name in stages else Finished()

    start = (
        pipeline
        | "Start" >> beam.Create([""])
        | "GreetModels" >> beam.Map(_greeted, recipe, out, stages)
    )
    rephrase(agentic(start, stage), stage)
    return pipeline


class Finished(beam.PTransform[Any, Any]):
    """A stage with nothing to do: its token is the one before."""

    def expand(self, token: Any) -> Any:
        """No step at all: each costs Beam 10 ms before the first record."""
        return token


def _options(runner: str, workers: int, extra: Sequence[str]) -> PipelineOptions:
    if workers < 1:
        raise RunError(f"--workers {workers}: give 1 or more")
    arguments = list(extra)
    if runner == LOCAL_RUNNER:
        # Never multi_threading: it loses data (apache-beam 2.77; docs/decisions.md).
        mode = "in_memory" if workers == 1 else "multi_processing"
        arguments += [
            f"--direct_running_mode={mode}",
            f"--direct_num_workers={workers}",
        ]
    return PipelineOptions(arguments)


@contextmanager
def _worker_log(out: str, workers: int) -> Iterator[None]:
    """Send what Beam's worker processes say on standard error to a file beside the run.

    They inherit this process's standard error and talk a great deal; no option of theirs is heard.
    """
    if workers == 1 or not storage.is_local(out):
        yield
        return
    log = Path(out) / WORK_FOLDER / "workers.log"
    kept = os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _wait(pipeline: beam.Pipeline, tick: Watch) -> None:
    """Run the pipeline in a thread, calling `tick` meanwhile; re-raise what it raises."""
    failures: list[BaseException] = []

    def target() -> None:
        try:
            pipeline.run().wait_until_finish()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=target, daemon=True, name="pipeline")
    thread.start()
    while thread.is_alive():
        tick()
        thread.join(0.2)
    tick()
    if failures:
        raise _plain(failures[0])


def _plain(error: BaseException) -> BaseException:
    """The factory's own error inside Beam's wrapping, if that is what it is."""
    text = str(error)
    for kind in (*STOPS, ShardError, FileNotFoundError, ValueError):
        marker = f"{kind.__name__}: "
        if marker in text:
            line = text.rsplit(marker, 1)[1].split(" [while running")[0].splitlines()[0]
            plain = RunError(line)
            plain.__cause__ = error
            return plain
    if isinstance(error, RunStopped | ShardError | FileNotFoundError | ValueError):
        plain = RunError(text.split(" [while running")[0])
        plain.__cause__ = error
        return plain
    return error


@contextmanager
def _locked(out: str) -> Iterator[None]:
    """Only one run writes to a local folder at a time."""
    if not storage.is_local(out):
        yield
        return
    folder = Path(out) / WORK_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"{out}: another run is writing here; wait for it to end") from None
        yield


def _claim(recipe: Recipe, out: str) -> None:
    """Write the run's identity, or check that the folder holds this very run."""
    identity = {
        "recipe": recipe.content(),
        "recipe_hash": recipe.hash,
        "code_version": __version__,
        "sources": _fingerprints(recipe, out),
        "datasets": {STAGES[name].kind: STAGES[name].kind for name in recipe.stages},
    }
    path = storage.join(out, RUN_FILE)
    if not storage.exists(path):
        # Keys in the recipe's own order: draws by weight follow it.
        storage.publish(path, (json.dumps(identity, indent=1) + "\n").encode())
        return
    before = json.loads(storage.read_bytes(path))
    changed = sorted(_differences(before, json.loads(json.dumps(identity))))
    if changed:
        raise RunError(
            f"{out} holds another run: {'; '.join(changed[:3])}. "
            f"Choose another --out, or delete {out} to start over"
        )


def _fingerprints(recipe: Recipe, out: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in recipe.stages:
        marks = [source.fingerprint() for source, _ in Inputs(Work(recipe, out, name)).branches]
        if any(marks):
            found[name] = "".join(marks)
    return found


def _differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, as `key: old → new`."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _differences(before.get(key), after.get(key), f"{path}.{key}".lstrip("."))
    elif before != after and path != "recipe_hash":
        yield f"{path}: {str(before)[:60]} → {str(after)[:60]}"


def _finished(out: str, name: StageName) -> bool:
    """Whether a stage's dataset is whole; one that lost a shard is opened again."""
    folder = storage.join(out, STAGES[name].kind)
    if not storage.exists(storage.join(folder, MANIFEST)):
        return False
    present = set(storage.list_files(folder))
    if all(part.file in present for part in open_dataset(folder).parts):
        return True
    if storage.is_local(out):
        (Path(folder) / MANIFEST).unlink()
    return False


def _clear(out: str, pending: Sequence[StageName]) -> None:
    """Forget what an earlier, killed attempt left besides whole shards."""
    if not storage.is_local(out):
        return
    storage.remove_unfinished(out)
    clear_counts(out)
    work = Path(out) / WORK_FOLDER
    (work / "failed.json").unlink(missing_ok=True)
    for name in pending:
        for note in ("plan", "figures"):
            (work / f"{name}.{note}.json").unlink(missing_ok=True)


def write_figures(recipe: Recipe, out: str) -> list[dict[str, Any]]:
    """Collect the stages' figures (counts, seconds, bytes) into `figures.json`."""
    rows = [read_note(out, f"{name}.figures.json") for name in recipe.stages]
    figures = [row for row in rows if row]
    body = {"written": time.time(), "stages": figures}
    storage.publish(storage.join(out, FIGURES_FILE), (json.dumps(body, indent=1) + "\n").encode())
    return figures
