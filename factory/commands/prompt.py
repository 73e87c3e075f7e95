"""`factory prompt`: the prompts of the model authors, and what a record would be asked with."""

from __future__ import annotations

import argparse
from typing import Any

from factory.commands.errors import CommandError

HELP = "the prompts of model authors; exactly what would be sent for a record"
DESCRIPTION = """\
Prompts are files, factory/llm/prompts/ROLE.md. Without a record the file is printed; with one,
the request that the role's model would get first for it, whichever author the run used.

  factory prompt show rewriter
  factory prompt show rewriter --run out/demo --record 3f2b        a passage's id, or its beginning
  factory prompt show judge --run out/demo --record 77aa --json    the body as it is sent
  factory prompt show task_author --run out/demo --record 5c01     a task's id
  factory prompt show domain_author --run out/demo --record 0      a brief's or a seed's number, or
                                                                   its id, as the journal has it
"""
STAGE_OF = {
    "domain_author": ("domains", "brief"),
    "tool_author": ("tools", "domain"),
    "agent_author": ("agents", "seed"),
    "task_author": ("tasks", "seed"),
    "rewriter": ("rewrites", "passage"),
    "translator": ("rewrites", "passage"),
    "agent": ("trajectories", "task"),
    "user": ("trajectories", "task"),
    "tool_simulator": ("trajectories", "task"),
    "judge": ("verdicts", "trajectory"),
}
"""Role → the stage that asks it, the kind of record the stage takes."""
FILES_ONLY = ("rewrite_judge",)
"""Prompts of no author: what they are given is made while a stage runs."""
SEEDS = ("brief", "seed")
"""Kinds of inputs that are no records of a run."""
BRANCH = {"domain_author": 1}
"""Role → which of its stage's inputs are asked about, where it is not the first."""


class _Shown(Exception):
    """Ends a stage at the first request of the role."""

    def __init__(self, asked: Any) -> None:
        super().__init__("shown")
        self.asked = asked


def declare(verbs: Any, shared: argparse.ArgumentParser) -> None:
    """Add the verb and its options."""
    verb = verbs.add_parser(
        "prompt",
        help=HELP,
        description=DESCRIPTION,
        parents=[shared],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verb.add_argument("action", choices=["show"])
    verb.add_argument("role", choices=sorted((*STAGE_OF, *FILES_ONLY)))
    verb.add_argument("--run", metavar="DIR", help="folder of a run")
    verb.add_argument("--record", metavar="ID", help="id of the record, or its beginning")
    verb.add_argument("--json", action="store_true", help="the request's body as JSON")
    verb.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Print a prompt file or a request."""
    from factory.llm.prompt import FOLDER

    if bool(arguments.run) != bool(arguments.record):
        raise CommandError("give --run and --record together")
    if not arguments.run:
        text = (FOLDER / f"{arguments.role}.md").read_text(encoding="utf-8")
        print(text, end="")
        for line in (line for line in text.splitlines() if line.startswith("uses: ")):
            name = f"{line.removeprefix('uses: ')}.yaml"
            print(f"--- {name}\n{(FOLDER / name).read_text(encoding='utf-8')}", end="")
        return 0
    if arguments.role in FILES_ONLY:
        raise CommandError(f"{arguments.role} is shown as a file: leave out --run, --record")
    body = _body(arguments.role, arguments.run, arguments.record)
    if arguments.json:
        import json

        print(json.dumps(body, ensure_ascii=False, indent=1))
        return 0
    from factory.commands.journal import print_messages

    print_messages(body.pop("messages"))
    for tool in body.pop("tools", ()):
        print(f"--- tool {tool['function']['name']}")
        print(tool["function"]["description"])
    print("--- " + ", ".join(f"{name} {value}" for name, value in sorted(body.items())))
    return 0


def _input(source: Any, store: Any, kind: str, beginning: str, root: str) -> dict[str, Any]:
    """The one input of a stage that is meant: by the beginning of its id, or, for inputs that are
    no records of the run, by its number."""
    if kind not in SEEDS:
        found = [name for name in store.ids(kind) if name.startswith(beginning)]
        if len(found) == 1:
            record: dict[str, Any] = store.get(kind, found[0])
            return record
    else:
        seeds = source.read(0, len(source))
        found = [s for s in seeds if beginning in (str(s["index"]), s["id"])]
        found = found or [s for s in seeds if s["id"].startswith(beginning)]
        if not found and getattr(source, "stage", "") == "tasks":
            wanted = _seed_of_task(store, beginning)
            found = [s for s in seeds if s["id"] == wanted]
        if len(found) == 1:
            return dict(found[0])
    raise CommandError(f"{root}: {len(found)} {kind} records begin with {beginning}")


def _seed_of_task(store: Any, beginning: str) -> str:
    """The id of the seed that a task was made from: its state is drawn from that."""
    found = [name for name in store.ids("task") if name.startswith(beginning)]
    if len(found) != 1:
        return ""
    return str(store.get("task", found[0])["state_seed"]).rpartition("-")[0]


def _body(role: str, root: str, beginning: str) -> dict[str, Any]:
    """The request's body for the first thing a record asks of a role."""
    import asyncio
    from importlib import import_module

    from factory.authors import AUTHORS, lone_context
    from factory.llm.adapt import as_sent
    from factory.llm.asker import Asker
    from factory.llm.client import Client, Errand
    from factory.llm.journal import Journal
    from factory.llm.profile import Profile
    from factory.llm.request import Tag
    from factory.shards.store import RunStore
    from factory.stage import Context
    from pipelines.line import STAGES

    recipe = _recipe(role, root)
    stage, kind = STAGE_OF[role]
    store = RunStore(root)
    branch = STAGES[stage].branches[BRANCH.get(role, 0)]  # type: ignore[index]
    source = branch.source(recipe, root)
    record = _input(source, store, kind, beginning, root)
    model = next(iter(recipe.mix_of(role)))
    client = Client(recipe.models, recipe.llm, Journal(f"{root}/.none"))
    asker = Asker(client, model, Errand(Tag(stage, record=record["id"]), 0.0))
    module, _, name = AUTHORS[role, "llm"].partition(":")
    author = getattr(import_module(module), name)(asker)

    class Showing:
        """Stands for the author; what it is asked ends the stage."""

        label = name = "shown"

        def __getattr__(self, method: str) -> Any:
            if method != author.asks:
                return getattr(author, method)

            async def show(*values: Any) -> Any:
                asked = author.asked(*values)
                if asked is None:
                    raise CommandError(f"{kind} {record['id']} asks nothing of the {role}")
                raise _Shown(asked)

            return show

    authors = {**dict(lone_context().authors), role: Showing()}
    ctx = Context.of(recipe, stage, record["id"], store, authors)
    try:
        asyncio.run(branch.resolve()(record, ctx))  # type: ignore[arg-type]
    except _Shown as shown:
        return as_sent(asker.request(shown.asked), client.models[model], Profile())
    raise CommandError(f"{kind} {record['id']} asks nothing of the {role}")


def _recipe(role: str, root: str) -> Any:
    """The run's recipe, with a model for the role if it had none."""
    import json

    from factory.recipe import parse_recipe
    from factory.shards import storage
    from factory.shards.verify import RUN_FILE

    content = json.loads(storage.read_bytes(storage.join(root, RUN_FILE)))["recipe"]
    nowhere = [{"url": "http://none"}]
    for model in content.setdefault("models", {}).values():
        model["endpoints"] = nowhere
    if content["authors"].get(role, "offline") == "offline":
        content["models"].setdefault("model", {"name": "MODEL", "endpoints": nowhere})
        content["authors"] = {**content["authors"], role: {next(iter(content["models"])): 1}}
    return parse_recipe(content)
