"""Prompts of two lines to a few paragraphs."""

from __future__ import annotations

import random
from collections.abc import Callable

from factory.agents.brief import Brief, conduct, rules, say, shuffled, style, tool_lines
from factory.agents.grammar import Speaker
from factory.agents.notes import listed


def bare(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """One short paragraph."""
    lines = [*rules(brief), *tool_lines(brief, speaker, 1)]
    return " ".join([say(speaker, "identity_bare", brief), *lines, *style(brief, rng)])


def two_lines(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """Who you are and where; then the rules and the manner."""
    first = [say(speaker, rng.choice(("identity", "identity_bare")), brief), brief.setting]
    second = shuffled([*rules(brief), *tool_lines(brief, speaker, 2)], rng)
    return " ".join(first) + "\n" + " ".join([*second, *style(brief, rng)])


def paragraph(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """Two or three paragraphs of running text."""
    who = [say(speaker, "identity", brief), say(speaker, "scope", brief)]
    how = [*tool_lines(brief, speaker, 3), *conduct(brief, speaker, rng, 1), *rules(brief)]
    parts = [" ".join(who), " ".join(shuffled(how, rng)), " ".join(style(brief, rng))]
    return rng.choice(("\n\n", " ")).join(parts)


def duties(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """A job description: what the post consists of, and its limits."""
    work = [duty[0].lower() + duty[1:] for duty in brief.duties[:7]]
    lead = rng.choice(
        (
            "Your work in this order of frequency",
            "The post consists of",
            "What lands on this desk",
            "What people write in about",
            "Day to day that means",
        )
    )
    parts = [
        say(speaker, "identity", brief),
        f"{lead}: {listed(work, rng.choice(('and', 'or')))}.",
        brief.setting,
        *shuffled([*rules(brief), *tool_lines(brief, speaker, 2)], rng),
        *style(brief, rng),
    ]
    return "\n".join(parts) if rng.random() < 0.4 else " ".join(parts)


def rules_only(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """The house's name, then a flat list."""
    lines = [*rules(brief), *tool_lines(brief, speaker, 2), *style(brief, rng)]
    lines += conduct(brief, speaker, rng, 1)
    mark = rng.choice(("*", "-", "•", "–"))
    return "\n".join([f"{brief.title}.", *(f"{mark} {line}" for line in shuffled(lines, rng))])


def card(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """Keys and values, policies with their codes."""
    lines = [
        f"name: {brief.name}",
        f"post: {brief.role}",
        f"house: {brief.title}",
        f"about: {brief.setting}",
        "policies:",
        *(f"  {policy.get('code', 'rule')}: {policy['text']}" for policy in brief.policies),
        "tools:",
        *(f"  {note.name}: {note.about}" for note in brief.notes[: rng.choice((3, 5, 8))]),
        f"manner: {' '.join(style(brief, rng))}",
    ]
    held = [line for line in lines if not line.endswith("s:") or _followed(line, brief)]
    return "\n".join(held)


def _followed(line: str, brief: Brief) -> bool:
    return bool(brief.policies if line == "policies:" else brief.notes)


def first_person(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """The assistant's own voice: what it has been told, as it would repeat it."""
    lead = rng.choice(
        (
            "This is what I was told on my first day",
            "The house has its rules, and I repeat them to myself",
            "What I keep to, word for word",
            "Pinned above my desk",
        )
    )
    mark = rng.choice(("> ", "- ", "   ", "* "))
    told = shuffled([*rules(brief), *_told(brief, speaker, rng)], rng)
    parts = [
        f"I am {brief.name}, {brief.role}.",
        brief.setting,
        f"{lead}:",
        *(f"{mark}{line}" for line in told),
        rng.choice(("And on how I write:", "On my letters:", "As for the way I put things:")),
        *(f"{mark}{line}" for line in style(brief, rng)),
    ]
    return "\n".join(parts)


def _told(brief: Brief, speaker: Speaker, rng: random.Random) -> list[str]:
    return [*tool_lines(brief, speaker, 3), *conduct(brief, speaker, rng, 1)]


SHORT: dict[str, Callable[[Brief, Speaker, random.Random], str]] = {
    "bare": bare,
    "two_lines": two_lines,
    "paragraph": paragraph,
    "duties": duties,
    "rules_only": rules_only,
    "card": card,
    "first_person": first_person,
}
