"""Prompts of half a page to a page: sections, handbooks, letters, tables."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from factory.agents.brief import Brief, conduct, rules, say, shuffled, style, tool_lines
from factory.agents.grammar import Speaker
from factory.agents.notes import listed, words


def handbook(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """An introduction and numbered rules."""
    lines = [*conduct(brief, speaker, rng, 1), *rules(brief), *tool_lines(brief, speaker, 5)]
    head = rng.choice(
        (
            "Rules of the desk",
            "How to work",
            "Standing instructions",
            "Procedure",
            "In force at this desk",
            "What applies",
            "House rules",
        )
    )
    number = rng.choice(("{}. ", "{}) ", "({}) "))
    text = [say(speaker, "identity", brief), "", say(speaker, "scope", brief), "", f"{head}:"]
    ordered = enumerate(shuffled(lines, rng), 1)
    text += [f"{number.format(index)}{rule}" for index, rule in ordered]
    return "\n".join([*text, "", " ".join(style(brief, rng))])


def markdown(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """Second-level headings and bullets, in an order of their own."""
    head = (rng.choice(("Role", "Who you are", brief.name)), [say(speaker, "identity", brief)])
    sections = [
        (rng.choice(("Context", "Setting", "The house", brief.title)), [brief.setting]),
        (
            rng.choice(("What you can do", "Your work", "Tasks")),
            [f"- {duty}" for duty in brief.duties[:6]],
        ),
        (
            rng.choice(("Rules", "Policies", "Boundaries", "Not negotiable")),
            [f"- {rule}" for rule in (*rules(brief), *conduct(brief, speaker, rng, 1))],
        ),
        (
            rng.choice(("Working with the tools", "Tools", "Good to know", "Practical notes")),
            [f"- {line}" for line in tool_lines(brief, speaker, 4)],
        ),
        (
            rng.choice(("Style", "Tone and format", "Replies")),
            [f"- {line}" for line in style(brief, rng)],
        ),
    ]
    mark = rng.choice(("##", "##", "#", "###"))
    return "\n\n".join(
        f"{mark} {title}\n" + "\n".join(lines)
        for title, lines in (head, *rng.sample(sections, len(sections)))
        if any(lines)
    )


def tagged(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """Blocks between tags."""

    def block(tag: str, lines: Sequence[str]) -> str:
        return f"<{tag}>\n" + "\n".join(lines) + f"\n</{tag}>"

    blocks = [
        block(rng.choice(("setting", "context", "house")), [brief.setting]),
        block(
            rng.choice(("policy", "rules", "constraints")),
            [*rules(brief), *conduct(brief, speaker, rng, 1)],
        ),
        block(rng.choice(("style", "voice", "output")), style(brief, rng)),
    ]
    tips = tool_lines(brief, speaker, rng.choice((2, 4, 6)))
    if tips:
        blocks.append(block(rng.choice(("tools", "notes", "hints")), tips))
    role = block(rng.choice(("role", "identity")), [say(speaker, "identity", brief)])
    return "\n".join([role, *shuffled(blocks, rng)])


def memo(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """A note of paragraphs to the assistant."""
    paragraphs = [
        f"{brief.name}," if rng.random() < 0.5 else f"To: {brief.name}",
        " ".join([say(speaker, "opening_memo", brief), f"You are {brief.role}."]),
        brief.setting,
        " ".join(shuffled([*conduct(brief, speaker, rng, 1), *rules(brief)], rng)),
        " ".join(tool_lines(brief, speaker, 3)),
        " ".join(style(brief, rng)),
        say(speaker, "closing_memo", brief),
    ]
    return "\n\n".join(part for part in paragraphs if part)


def letter(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """A personal letter, with reasons, signed."""
    greeting = rng.choice(("Dear", "Hello", "Good morning,", "To"))
    because = rng.choice(
        (
            "You will wonder about the rules. Each was paid for with somebody's bad day",
            "There are things I will not discuss, so I put them first",
            "The owners insist on the following, and after a year here so do I",
            "What got your predecessors into trouble was always one of these",
            "Auditors look at few things, and these are the ones",
        )
    )
    tips = tool_lines(brief, speaker, 4)
    practice = rng.choice(
        (
            "A few tricks of the trade.",
            "Now the practical side.",
            "What took me weeks to find out:",
            "As for the system:",
            "You will use these daily.",
        )
    )
    paragraphs = [
        f"{greeting} {brief.name},",
        f"{say(speaker, 'opening_memo', brief)} {brief.setting} Your part in it: {brief.role}.",
        f"{because}. {' '.join(rules(brief))}" if brief.policies else "",
        f"{practice} {' '.join(tips)}" if tips else "",
        " ".join([*conduct(brief, speaker, rng, 1), *style(brief, rng)]),
        say(speaker, "signature", brief),
    ]
    return "\n\n".join(part for part in paragraphs if part)


def checklist(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """Short lines of things to heed before, while and after acting."""
    before = [*rules(brief), say(speaker, rng.choice(("missing", "which_one")), brief)]
    during = [*tool_lines(brief, speaker, 4), say(speaker, "on_errors", brief)]
    after = [say(speaker, rng.choice(("honesty", "reporting")), brief), *style(brief, rng)]
    heads = rng.choice(
        (
            ("Before acting", "While acting", "After"),
            ("First", "Then", "Finally"),
            ("Preparation", "At work", "Sign-off"),
            ("When a request comes in", "While you are on it", "When you answer"),
        )
    )
    box = rng.choice(("[ ]", "-", "☐", "o"))
    parts = [say(speaker, "identity_bare", brief)]
    for title, lines in zip(heads, (before, during, after), strict=True):
        parts.append("\n".join([f"{title}:", *(f"{box} {line}" for line in lines)]))
    return "\n\n".join(parts)


def questions(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """A handbook of questions and answers."""
    ask, reply = rng.choice((("Q: ", "A: "), ("", ""), ("**", "")))
    end = "**" if ask == "**" else ""
    pairs = [
        (
            rng.choice(
                ("Who am I?", "What is my post?", "Who do people think they are talking to?")
            ),
            say(speaker, "identity", brief),
        ),
        (rng.choice(("Where am I?", "What is this place?", "What do we do here?")), brief.setting),
    ]
    middle = [(_question(policy.get("code", ""), rng), policy["text"]) for policy in brief.policies]
    middle += [
        (
            rng.choice((f"What is `{note.name}` for?", f"When do I reach for `{note.name}`?")),
            note.about,
        )
        for note in rng.sample(list(brief.notes), min(3, len(brief.notes)))
    ]
    rng.shuffle(middle)
    manner = rng.choice(("How do I write?", "What should replies look like?", "And my manner?"))
    pairs += [*middle, (manner, " ".join(style(brief, rng)))]
    return "\n\n".join(f"{ask}{asked}{end}\n{reply}{answer}" for asked, answer in pairs)


def _question(code: str, rng: random.Random) -> str:
    if code == "confirm_before_write":
        return rng.choice(("When do I ask first?", "What needs a yes?", "May I just go ahead?"))
    if code.startswith("forbid_"):
        return rng.choice(
            ("What is closed to me?", "Is there a tool I must leave alone?", "What am I to refuse?")
        )
    what = words(code)
    return rng.choice(
        (
            f"{what.capitalize()}: what holds?",
            f"{what.capitalize()}?",
            f"What does the rule say under \u201c{what}\u201d?",
        )
    )


def table(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """A table of rules and one of tools."""
    rows = [f"| {words(p.get('code', 'rule'))} | {p['text']} |" for p in brief.policies]
    rows += [f"| manner | {line} |" for line in style(brief, rng)]
    rows += [f"| work | {line} |" for line in conduct(brief, speaker, rng, 1)]
    columns = rng.choice((("Subject", "Rule"), ("Point", "What holds"), ("Topic", "Instruction")))
    lines = [say(speaker, "identity", brief), brief.setting, ""]
    lines += [f"| {columns[0]} | {columns[1]} |", "|---|---|", *rows]
    chosen = rng.sample(list(brief.notes), min(rng.choice((3, 5, 7)), len(brief.notes)))
    if chosen:
        lines += ["", "| Tool | Needs | Purpose |", "|---|---|---|"]
        lines += [f"| {n.name} | {', '.join(n.needs) or '-'} | {n.about} |" for n in chosen]
    return "\n".join(lines)


def manual(brief: Brief, speaker: Speaker, rng: random.Random) -> str:
    """A page: the house, every few tools in a line or two, terms, rules, manner."""
    chosen = rng.sample(list(brief.notes), min(rng.choice((5, 7, 9)), len(brief.notes)))
    entries = []
    for note in chosen:
        line = f"{note.name}. {note.about}"
        if note.needs:
            line += f" {rng.choice(('Takes', 'Needs', 'Requires'))} {listed(note.needs)}."
        if note.codes:
            line += f" {rng.choice(('Refuses with', 'Errors:', 'May answer'))} "
            line += f"{listed(note.codes, 'or')}."
        entries.append(line)
    terms = {field: values for note in brief.notes for field, values in note.values}
    glossary = [f"{field}: {listed(values)}" for field, values in list(terms.items())[:5]]
    sections = [
        (rng.choice(("Purpose", "Scope", "The house")), [brief.setting]),
        (rng.choice(("Tools in brief", "Instruments", "What the system offers")), entries),
        (rng.choice(("Terms", "Vocabulary", "Codes in use")), glossary),
        (rng.choice(("Policy", "Regulations", "Binding rules")), rules(brief)),
        (
            rng.choice(("Conduct", "Working habits", "Practice")),
            conduct(brief, speaker, rng, 2),
        ),
        (rng.choice(("Replies", "Language", "Form")), style(brief, rng)),
    ]
    filled = [(title, lines) for title, lines in sections if lines]
    parts = [say(speaker, "identity", brief)]
    for index, (title, lines) in enumerate(filled, 1):
        parts.append("\n".join([f"{index}. {title.upper()}", *lines]))
    return "\n\n".join(parts)


PAGES: dict[str, Callable[[Brief, Speaker, random.Random], str]] = {
    "handbook": handbook,
    "markdown": markdown,
    "tagged": tagged,
    "memo": memo,
    "letter": letter,
    "checklist": checklist,
    "questions": questions,
    "table": table,
    "manual": manual,
}
