"""The facts of a system prompt, and the sentences that every layout draws from."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from factory.agents.conduct_phrases import TOPICS
from factory.agents.grammar import Speaker, protect
from factory.agents.notes import ToolNote, sentences
from factory.agents.phrases import FORMATS, TONES


@dataclass(frozen=True)
class Brief:
    """What a system prompt has to say."""

    name: str
    role: str
    title: str
    setting: str
    tone: str
    format_rules: Sequence[str]
    policies: Sequence[Mapping[str, str]]
    duties: Sequence[str]
    """What the tools allow, each as a short phrase."""
    notes: Sequence[ToolNote] = ()
    """What a longer prompt may say of the tools."""


def say(speaker: Speaker, symbol: str, brief: Brief) -> str:
    """A sentence with the brief's facts in it, marked."""
    return speaker.say(
        symbol,
        name=protect(brief.name),
        role=protect(brief.role),
        title=protect(brief.title),
        setting=protect(brief.setting),
    )


def style(brief: Brief, rng: random.Random) -> list[str]:
    """Tone and rules of format, a sentence each."""
    return [
        rng.choice(TONES[brief.tone]),
        *(rng.choice(FORMATS[rule]) for rule in brief.format_rules),
    ]


def rules(brief: Brief) -> list[str]:
    """The policies, word for word."""
    return [policy["text"] for policy in brief.policies]


def conduct(brief: Brief, speaker: Speaker, rng: random.Random, count: int) -> list[str]:
    """So many sentences on how to work, each on a topic of its own."""
    return [say(speaker, symbol, brief) for symbol in rng.sample(TOPICS, count)]


def tool_lines(brief: Brief, speaker: Speaker, count: int) -> list[str]:
    """Up to so many sentences on the tools."""
    return sentences(brief.notes, speaker, count)


def shuffled(lines: Sequence[str], rng: random.Random) -> list[str]:
    """The lines in an order of their own."""
    return rng.sample(list(lines), len(lines))
