"""Who words what a model could write: role → author, as the recipe says (DESIGN §4).

An author is looked up by (role, name) and imported only when a run needs it. What it returns is
checked by the stage that asked, never trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from factory.recipe import ROLES, Recipe

AUTHORS: dict[tuple[str, str], str] = {
    ("user", "offline"): "factory.trajectories.user:OfflineUser",
    ("agent", "offline"): "factory.trajectories.agent:OfflineAgent",
    ("judge", "offline"): "factory.trajectories.judge:RubricJudge",
    ("rewriter", "offline"): "factory.rephrase.offline:OfflineRewriter",
    ("translator", "offline"): "factory.rephrase.translate:OfflineTranslator",
}
"""(role, author name) → `module:class`; each class is constructed without arguments."""


@cache
def _author(role: str, name: str) -> Any:
    module, _, attribute = AUTHORS[role, name].partition(":")
    return getattr(import_module(module), attribute)()


class Authors(Mapping[str, Any]):
    """The recipe's author of each role, made when first asked for."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = dict(names)

    def __getitem__(self, role: str) -> Any:
        return _author(role, self._names[role])

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def authors_for(recipe: Recipe) -> Authors:
    """The authors a recipe names, `offline` where it names none."""
    return Authors({role: recipe.authors.get(role, "offline") for role in ROLES})
