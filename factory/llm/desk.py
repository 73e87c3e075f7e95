"""Where a run's model authors come from: one desk a recipe and process, one client behind it."""

from __future__ import annotations

import asyncio
import atexit
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

from factory.llm.asker import Asker
from factory.llm.client import Client, Errand
from factory.llm.journal import Journal
from factory.llm.probe import adopt_profiles
from factory.llm.request import Tag
from factory.recipe import Recipe
from factory.records import canonical_json, digest
from factory.shards import storage

WIND_DOWN_SECONDS = 10.0
"""How long an interrupted process waits for answers already asked for."""
_CLIENTS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Client]] = WeakKeyDictionary()


def journal_folder(recipe: Recipe, root: str) -> str:
    """Where a run's answers are kept."""
    return recipe.llm.journal or storage.join(root or ".", "journal")


def client_of(recipe: Recipe, root: str) -> Client:
    """This process's client for the running event loop."""
    folder = journal_folder(recipe, root)
    models = {name: model.model_dump(mode="json") for name, model in recipe.models.items()}
    identity = canonical_json([models, recipe.llm.model_dump(mode="json")])
    clients = _CLIENTS.setdefault(asyncio.get_running_loop(), {})
    known = clients.get(folder + identity)
    if known is None or known.stopped:
        client = Client(recipe.models, recipe.llm, Journal(folder, recipe.hash[:12]))
        adopt_profiles(client, folder)
        clients[folder + identity] = client
        atexit.register(_close, asyncio.get_running_loop(), client)
    return clients[folder + identity]


def _close(loop: asyncio.AbstractEventLoop, client: Client) -> None:
    """At the process's end, an interrupt's too: take in what is under way, then hang up."""
    if loop.is_running():
        with suppress(TimeoutError, KeyboardInterrupt):
            ending = asyncio.run_coroutine_threadsafe(client.wind_down(WIND_DOWN_SECONDS), loop)
            ending.result(WIND_DOWN_SECONDS + 1.0)


def patience(recipe: Recipe) -> float:
    """Seconds that all a record asks may take: much longer where a model is asked by batch."""
    batched = [model.batch.patience_seconds for model in recipe.models.values() if model.batch]
    return max([recipe.llm.record_seconds, *batched])


class Desk:
    """Makes the authors that are models, and gives each record its deadline."""

    def __init__(self, recipe: Recipe, root: str) -> None:
        self.recipe = recipe
        self.root = root
        self._patience = patience(recipe)
        self._client: Client | None = None

    def errand(self, stage: str, record: str) -> Errand:
        """A record's time and account; both start now."""
        deadline = asyncio.get_running_loop().time() + self._patience
        return Errand(Tag(stage, record=record), deadline)

    def author(
        self, role: str, mix: Mapping[str, float], path: str, offline: Any, errand: Errand
    ) -> Any:
        """The author of a role for one record, on one of a mix of models. `path` is
        `module:class`; in a dry run `offline` answers in its place."""
        if self._client is None:
            self._client = client_of(self.recipe, self.root)
        client = self._client
        model = draw_model(mix, role, errand.tag.record)
        asker = Asker(client, model, errand)
        author = _class_at(path)(asker)
        return author if offline is None else DryAuthor(author, offline, asker)


@cache
def _class_at(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def draw_model(mix: Mapping[str, float], role: str, record: str) -> str:
    """One model of a role's mix: the same for a record wherever and whenever it is made."""
    if len(mix) == 1:
        return next(iter(mix))
    rng = random.Random(int(digest("model", role, record), 16))
    return rng.choices(list(mix), list(mix.values()))[0]


class DryAuthor:
    """Renders what a model would be asked and counts it; the offline author answers.

    The model's author names in `asks` the method that asks, and has `asked`, which takes the same
    arguments and returns what would be sent (None: nothing).
    """

    def __init__(self, author: Any, offline: Any, asker: Asker) -> None:
        self._author = author
        self._offline = offline
        self._asker = asker

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._offline, name)
        if name != self._author.asks:
            return method

        async def counted(*arguments: Any) -> Any:
            asked = self._author.asked(*arguments)
            answer = await method(*arguments)
            if asked is not None:
                self._asker.count_unsent(asked, len(_words(answer)))
            return answer

        return counted


def _words(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Mapping):
        return "".join(map(_words, answer.values()))
    if isinstance(answer, list | tuple):
        return "".join(map(_words, answer))
    return str(asdict(answer)) if is_dataclass(answer) and not isinstance(answer, type) else ""
