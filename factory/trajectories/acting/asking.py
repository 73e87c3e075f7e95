"""What an offline agent's questions are made of: what is missing, which of several rows is meant,
what a condition came to."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from factory.agents.grammar import protect
from factory.tasks.language.labels import is_many, noun_label, shown_label
from factory.tasks.sources import Unresolved, resolve
from factory.tasks.values import NUMBER_WORDS, spoken
from factory.trajectories.authors import AgentView

_ONE = {"it": "it", "they": "it", "are": "is"}
_MANY = {"it": "them", "they": "they", "are": "are"}


def missing_values(labels: Sequence[str]) -> dict[str, str]:
    """What the symbol `ask` is bound to: the labels of the slots that are missing, joined, with
    the pronouns and the verb that go with them."""
    nouns = [noun_label(label) for label in labels]
    names = [f"the {shown_label(noun)}" for noun in nouns]
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    many = len(names) > 1 or is_many(nouns[0])
    return {"labels": joined, **(_MANY if many else _ONE)}


def rows_to_tell_apart(
    view: AgentView, unclear: Mapping[str, Any], style: int, rng: random.Random
) -> dict[str, str]:
    """What the symbol `which` is bound to: how many rows fit, and what tells them apart; `style`:
    how dates are written."""
    source, results = unclear["source"], view.notes["results"]
    rows = results[source["step"]][source["out"]]
    known = [(name, resolve(inner, view.heard, results)) for name, inner in source["where"]]
    fitting = [r for r in rows if all(r.get(name) == value for name, value in known)]
    label = noun_label(str(unclear["label"]))
    values = [spoken(row[source["field"]], rng, style) for row in fitting]
    values[0] = values[0].removeprefix(f"{label} ")  # "bench 1 and bench 2"
    options = f"{', '.join(values[:-1])} and {values[-1]}"
    return {
        "count": NUMBER_WORDS[len(fitting)],
        "plural": str(unclear["plural"]),
        "label": label,
        "options": protect(options),
    }


def condition_seen(
    view: AgentView, goal: Mapping[str, Any], style: int, rng: random.Random
) -> dict[str, str] | None:
    """What the symbol `condition_met` is bound to; None where the value has not been seen."""
    asked = goal["condition"]
    try:
        value = resolve(asked["source"], view.heard, view.notes["results"])
    except Unresolved:
        return None
    said = protect(spoken(value, rng, style))
    return {"label": noun_label(str(asked["label"])), "what": str(goal["about"]), "value": said}
