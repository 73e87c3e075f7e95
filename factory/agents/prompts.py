"""What a system prompt has to say, and the choice of its layout.

A `Brief` says what the prompt must contain; each layout words it in a shape of its own. They
differ in length, order, markup and voice, so that no model learns to expect one shape of
instructions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from factory.agents.brief import Brief
from factory.agents.grammar import Speaker, plain, protect
from factory.agents.notes import listed
from factory.agents.page_layouts import PAGES
from factory.agents.phrases import GRAMMAR, NAMES
from factory.agents.short_layouts import SHORT

LAYOUTS: dict[str, Callable[[Brief, Speaker, random.Random], str]] = {**SHORT, **PAGES}
"""Layout → the function that writes it; facts come back marked."""

WEIGHTS: dict[str, float] = {
    "bare": 0.6,
    "two_lines": 0.6,
    "manual": 1.4,
    "card": 1.2,
    "markdown": 1.2,
}
"""How often a layout is drawn; 1 where nothing is said."""


def draw_layout(rng: random.Random) -> str:
    """A key of `LAYOUTS`."""
    return rng.choices(list(LAYOUTS), [WEIGHTS.get(name, 1.0) for name in LAYOUTS])[0]


def draw_name(rng: random.Random) -> str:
    """A given name for an assistant."""
    return rng.choice(NAMES)


def draw_role(rng: random.Random, title: str) -> str:
    """The assistant's role as a noun phrase, such as "a support agent for tennis clubs"."""
    role = plain(Speaker(GRAMMAR, rng).say("role", title=protect(title)))
    return role[0].lower() + role[1:]


def policy_text(rng: random.Random, kind: str, tools: Sequence[str], office: str) -> str:
    """The wording of a `confirm` or `forbid` policy over the named tools."""
    named = {"tools": protect(listed(tools)), "any": protect(listed(tools, "or"))}
    return plain(Speaker(GRAMMAR, rng).say(kind, office=office, **named))


def write_prompt(kind: str, brief: Brief, rng: random.Random) -> str:
    """The system prompt of `brief` in the layout `kind` (a key of `LAYOUTS`)."""
    return plain(LAYOUTS[kind](brief, Speaker(GRAMMAR, rng), rng)).strip()
