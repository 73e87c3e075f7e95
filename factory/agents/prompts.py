"""System prompts of clearly different kinds, composed from the same brief.

A `Brief` says what the prompt must contain; each kind is one layout of it. The layouts differ in
length, order, markup and voice, so that no model learns to expect one shape of instructions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from factory.agents.grammar import Speaker, plain, protect
from factory.agents.phrases import FORMATS, GRAMMAR, NAMES, TONES


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


def draw_name(rng: random.Random) -> str:
    """A given name for an assistant."""
    return rng.choice(NAMES)


def draw_role(rng: random.Random, title: str) -> str:
    """The assistant's role as a noun phrase, such as "a support agent for tennis clubs"."""
    role = plain(Speaker(GRAMMAR, rng).say("role", title=protect(title)))
    return role[0].lower() + role[1:]


def policy_text(rng: random.Random, kind: str, tools: str, office: str) -> str:
    """The wording of a `confirm` or `forbid` policy over the named tools."""
    return plain(Speaker(GRAMMAR, rng).say(kind, tools=protect(tools), office=protect(office)))


def write_prompt(kind: str, brief: Brief, rng: random.Random) -> str:
    """The system prompt of `brief` in the layout `kind` (a key of `LAYOUTS`)."""
    return plain(LAYOUTS[kind](brief, Speaker(GRAMMAR, rng), rng)).strip()


def _say(speaker: Speaker, symbol: str, brief: Brief) -> str:
    role = brief.role
    return speaker.say(
        symbol,
        name=protect(brief.name),
        role=protect(role),
        title=protect(brief.title),
        setting=protect(brief.setting),
    )


def _style(brief: Brief, rng: random.Random) -> list[str]:
    return [
        rng.choice(TONES[brief.tone]),
        *(rng.choice(FORMATS[rule]) for rule in brief.format_rules),
    ]


def _rules(brief: Brief) -> list[str]:
    return [policy["text"] for policy in brief.policies]


def _conduct(brief: Brief, speaker: Speaker, rng: random.Random, count: int) -> list[str]:
    symbols = rng.sample(["tool_advice", "honesty", "on_errors", "missing"], count)
    return [_say(speaker, symbol, brief) for symbol in symbols]


def _bare(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    parts = [_say(speaker, "identity_bare", brief), *_rules(brief), *_style(brief, rng)]
    return " ".join(parts)


def _paragraph(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    parts = [
        _say(speaker, "identity", brief),
        _say(speaker, "scope", brief),
        *_conduct(brief, speaker, rng, 2),
        *_rules(brief),
        *_style(brief, rng),
    ]
    return " ".join(parts)


def _handbook(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    rules = [*_conduct(brief, speaker, rng, 4), *_rules(brief)]
    rng.shuffle(rules)
    head = rng.choice(("Rules of the desk", "How to work", "Standing instructions", "Procedure"))
    lines = [_say(speaker, "identity", brief), "", _say(speaker, "scope", brief), "", f"{head}:"]
    lines += [f"{index}. {rule}" for index, rule in enumerate(rules, 1)]
    return "\n".join([*lines, "", " ".join(_style(brief, rng))])


def _markdown(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    sections = [
        (rng.choice(("Role", "Who you are")), [_say(speaker, "identity", brief)]),
        (rng.choice(("Context", "Setting")), [_say(speaker, "scope", brief)]),
        (
            rng.choice(("What you can do", "Your work")),
            [f"- {duty}" for duty in brief.duties[:6]],
        ),
        (
            rng.choice(("Rules", "Policies", "Boundaries")),
            [f"- {rule}" for rule in (*_rules(brief), *_conduct(brief, speaker, rng, 3))],
        ),
        (rng.choice(("Style", "Tone and format")), [f"- {line}" for line in _style(brief, rng)]),
    ]
    return "\n\n".join(
        f"## {title}\n" + "\n".join(lines) for title, lines in sections if any(lines)
    )


def _tagged(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    def block(tag: str, lines: Sequence[str]) -> str:
        return f"<{tag}>\n" + "\n".join(lines) + f"\n</{tag}>"

    blocks = [
        block("role", [_say(speaker, "identity", brief)]),
        block("setting", [brief.setting]),
        block("policy", [*_rules(brief), *_conduct(brief, speaker, rng, 3)]),
        block("style", _style(brief, rng)),
    ]
    return "\n".join(blocks)


def _memo(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    paragraphs = [
        f"{brief.name}," if rng.random() < 0.5 else f"To: {brief.name}",
        " ".join([_say(speaker, "opening_memo", brief), f"You are {brief.role}."]),
        brief.setting,
        " ".join([*_conduct(brief, speaker, rng, 3), *_rules(brief)]),
        " ".join(_style(brief, rng)),
        _say(speaker, "closing_memo", brief),
    ]
    return "\n\n".join(part for part in paragraphs if part)


def _checklist(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    before = [*_rules(brief), _say(speaker, "missing", brief)]
    during = [_say(speaker, "tool_advice", brief), _say(speaker, "on_errors", brief)]
    after = [_say(speaker, "honesty", brief), *_style(brief, rng)]
    parts = [_say(speaker, "identity_bare", brief)]
    for title, lines in (("Before acting", before), ("While acting", during), ("After", after)):
        parts.append("\n".join([f"{title}:", *(f"[ ] {line}" for line in lines)]))
    return "\n\n".join(parts)


def _rules_only(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    rules = [*_rules(brief), *_conduct(brief, speaker, rng, 2), *_style(brief, rng)]
    rng.shuffle(rules)
    return "\n".join([f"{brief.title}.", *(f"* {rule}" for rule in rules)])


LAYOUTS: dict[str, Callable[[Brief, Speaker, random.Random], str]] = {
    "bare": _bare,
    "paragraph": _paragraph,
    "handbook": _handbook,
    "markdown": _markdown,
    "tagged": _tagged,
    "memo": _memo,
    "checklist": _checklist,
    "rules_only": _rules_only,
}
