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
from factory.stage import Context, EmptyStore, Store

AUTHORS: dict[tuple[str, str], str] = {
    ("domain_author", "offline"): "factory.tools.authoring:Nobody",
    ("tool_author", "offline"): "factory.tools.authoring:Nobody",
    ("agent_author", "offline"): "factory.agents.authoring:OfflineAgentAuthor",
    ("task_author", "offline"): "factory.tasks.authoring:OfflineTaskAuthor",
    ("user", "offline"): "factory.trajectories.user:OfflineUser",
    ("agent", "offline"): "factory.trajectories.acting.agent:OfflineAgent",
    ("tool_simulator", "offline"): "factory.trajectories.simulator:NoSimulator",
    ("judge", "offline"): "factory.trajectories.judge:RubricJudge",
    ("rewriter", "offline"): "factory.rephrase.offline:OfflineRewriter",
    ("translator", "offline"): "factory.rephrase.mathematics.translate:OfflineTranslator",
    ("domain_author", "llm"): "factory.tools.llm:LlmDomainAuthor",
    ("tool_author", "llm"): "factory.tools.llm:LlmToolAuthor",
    ("agent_author", "llm"): "factory.agents.llm:LlmAgentAuthor",
    ("task_author", "llm"): "factory.tasks.llm:LlmTaskAuthor",
    ("user", "llm"): "factory.trajectories.llm:LlmUser",
    ("agent", "llm"): "factory.trajectories.llm:LlmAgent",
    ("tool_simulator", "llm"): "factory.trajectories.llm_tools:LlmToolSimulator",
    ("judge", "llm"): "factory.trajectories.llm:LlmJudge",
    ("rewriter", "llm"): "factory.rephrase.llm:LlmRewriter",
    ("translator", "llm"): "factory.rephrase.llm:LlmTranslator",
    ("embedder", "llm"): "factory.rephrase.fidelity.meaning:Embedder",
    ("rewrite_judge", "llm"): "factory.rephrase.fidelity.judge:LlmRewriteJudge",
}
"""(role, author name) → `module:class`. Offline ones are constructed without arguments and shared;
those that are models are constructed for one record with their `factory.llm.asker.Asker`. The last
two are no authors: they check rewrites where the recipe's `rewrites` names a model for it."""
CHECKERS = ("embedder", "rewrite_judge")


@cache
def _author(role: str, name: str) -> Any:
    module, _, attribute = AUTHORS[role, name].partition(":")
    return getattr(import_module(module), attribute)()


class Authors(Mapping[str, Any]):
    """The recipe's author of each role, made when first asked for."""

    def __init__(self, recipe: Recipe, root: str = "") -> None:
        self._recipe = recipe
        self._desk: Any = None
        if any(choice != "offline" for choice in recipe.authors.values()) or any(
            map(recipe.checker_of, CHECKERS)
        ):
            self._desk = import_module("factory.llm.desk").Desk(recipe, root)
        self._errand: Any = None
        self._mixes: dict[str, Mapping[str, float]] = {}
        """What `recipe.mix_of` said of a role."""

    def of_record(self, stage: str, record_id: str) -> Authors:
        """The same authors, at work for one record, whose time starts now."""
        if self._desk is None:
            return self
        bound = Authors.__new__(Authors)
        bound._recipe, bound._desk, bound._mixes = self._recipe, self._desk, self._mixes
        bound._errand = self._desk.errand(stage, record_id)
        return bound

    def usage(self) -> dict[str, dict[str, int]]:
        """What the models were asked for this record (factory.llm.usage); empty without any."""
        found: dict[str, dict[str, int]] = {}
        return found if self._errand is None else self._errand.tally.as_json()

    def __getitem__(self, role: str) -> Any:
        mix = self._mixes.get(role)
        if mix is None:
            mix = self._mixes[role] = self._recipe.mix_of(role)
        if not mix:
            return _author(role, "offline")
        if self._errand is None:
            self._errand = self._desk.errand("", "")
        stood_in = self._recipe.llm.dry_run and (role, "offline") in AUTHORS
        offline = _author(role, "offline") if stood_in else None
        return self._desk.author(role, mix, AUTHORS[role, "llm"], offline, self._errand)

    def __iter__(self) -> Any:
        return iter(ROLES)

    def __len__(self) -> int:
        return len(ROLES)


def authors_for(recipe: Recipe, root: str = "") -> Authors:
    """The authors a recipe names, `offline` where it names none. `root` is the run's folder."""
    return Authors(recipe, root)


def lone_context(
    *,
    recipe: Recipe | None = None,
    store: Store | None = None,
    record_id: str = "record",
    stage: str = "stage",
    authors: Mapping[str, Any] | None = None,
) -> Context:
    """The context of a stage function that is called outside a run; what is not given is empty or
    the default."""
    recipe = recipe or Recipe()
    return Context.of(
        recipe, stage, record_id, store or EmptyStore(), authors or authors_for(recipe)
    )
