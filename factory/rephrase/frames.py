"""Frames of the offline styles: labels, lead-ins and prompts put around a statement.

Function words for the most part, so that they claim nothing the passage does not say.
"""

from __future__ import annotations

import re

from factory.rephrase import sentences as grammar

NUDGES = {
    "newcomer": ("And then?", "What comes next?", "What else?", "Is there more?", "How so?"),
    "practitioner": ("And then?", "What else do we need?", "So?", "And in use?", "What next?"),
    "teacher": ("And so?", "What else do you know?", "And what comes next?", "Then what?"),
    "examiner": (
        "What else?",
        "And after that?",
        "And further?",
        "What more is there?",
        "Which means?",
    ),
}

CARD_KINDS = (
    ("Change", re.compile(r"(?:New|Changed|Deprecated|Added) (?:in|since) version")),
    ("Example", re.compile(r"For (?:example|instance)\b|.*\be\.g\.")),
    ("Condition", re.compile(r"(?:If|When|Unless|Once|Until)\b")),
    ("Requirement", re.compile(r".*\b(?:must|required|need to|needs to)\b")),
    ("Limit", re.compile(r".*(?:\b(?:not|cannot|never|only|except|without)\b|n[’']t\b)")),
    ("Advice", re.compile(r".*\b(?:should|recommended)\b")),
    ("Possibility", re.compile(r".*\b(?:can|may|might|could)\b")),
    ("Use", re.compile(r".*\b(?:used to|used for|serves to)\b")),
)

LIMITS = re.compile(r"\b(?:no|not|only|all|every|each|any|some|most|none)\b|n[’']t\b", re.I)

DEFINES = re.compile(r"(?:a|an|the|one of)\b")

DEMANDS = {
    "must": "**Required of {x}:** to {y}",
    "can": "**Possible for {x}:** to {y}",
    "may": "**Allowed for {x}:** to {y}",
    "should": "**Advised for {x}:** to {y}",
    "cannot": "**Not possible for {x}:** to {y}",
}

LEADS = {
    "Definition": ("Let us be clear what this is:", "So, what is it?", "In a word:"),
    "Requirement": ("Here is what is called for.", "This much is a duty:", "Mind this one:"),
    "Limit": ("Mind the limit here.", "There is a catch:", "Be careful at this point:"),
    "Condition": ("Now take a condition.", "Here it depends:", "Watch what the case is:"),
    "Example": ("To make it plain:", "Take a case of it:", "See it at work:"),
    "Possibility": ("There is room here.", "Here things stay open:", "You have a choice:"),
    "Use": ("Why have it?", "What is it for?", "It has its use:"),
    "Advice": ("A word of advice:", "It is wise to heed this:"),
    "Change": ("With time it came to this:", "A change to keep in mind:"),
    "Fact": (
        "Then there is this:",
        "Next:",
        "And so we come to this:",
        "Now:",
        "Here is the point:",
    ),
}


def card_kind(body: str) -> str:
    """The label of a statement's card."""
    for label, pattern in CARD_KINDS:
        if pattern.match(body):
            return label
    found = grammar.clause(body)
    if found and found.verb in ("is", "are") and DEFINES.match(found.rest):
        return "Definition"
    return "Fact"
