"""Frames of the offline styles: labels, lead-ins and prompts put around a statement.

Function words for the most part, so that they claim nothing the passage does not say.
"""

from __future__ import annotations

import re

from factory.rephrase import sentences as grammar
from factory.rephrase.forms.relations import IMPERATIVES

NUDGES = {
    "newcomer": ("And then?", "What comes next?", "What else?", "Is there more?", "And what else?"),
    "practitioner": ("What else do we need?", "And in practice?", "What next?", "Go on."),
    "teacher": ("And so?", "What else do you know?", "And what comes next?", "Go on."),
    "examiner": ("What else?", "And further on?", "And further?", "What more is there?"),
    "interviewer": ("And then?", "Can you say more?", "What else?", "And beyond that?"),
    "reviewer": ("What else?", "And this point?", "What follows?", "What comes after that?"),
    "presenter": ("And then?", "What comes next?", "What else?", "How does it go on?"),
    "librarian": ("Is there more?", "And what else?", "And what more?", "And then?"),
}

LECTURE_OPENINGS = {
    "newcomer": ("Welcome. Here we go.", "Welcome. Let us see."),
    "practitioner": ("Good morning. Let us get to it.", "Hello. Let us get to it."),
    "teacher": ("Hello, class. Let us go on.", "Good morning. Here we go."),
    "examiner": ("Good morning. Take note of this.", "Good morning. Listen well."),
    "interviewer": ("Thank you for asking. Here we go.", "Thank you. Let me answer."),
    "reviewer": ("Thank you. Point by point, then.", "Let us go through it point by point."),
    "presenter": ("Thank you for coming.", "Welcome, and thank you."),
    "librarian": ("Good morning. Let me read to you.", "Hello. Let us look it up."),
}
LECTURE_CLOSINGS = {
    "newcomer": ("That is it for today.", "That is it. Thank you."),
    "practitioner": ("That is it.", "Thank you. That is it."),
    "teacher": ("That is it for today, class.", "Thank you, class."),
    "examiner": ("Here I stop.", "That is the end of it."),
    "interviewer": ("Thank you for asking.", "Thank you."),
    "reviewer": ("These were the points.", "So much for the points."),
    "presenter": ("Thank you.", "Thank you, and that is it."),
    "librarian": ("So much for this one.", "Thank you, and come again."),
}
TURNS_TO = (
    "Now to {x}.",
    "And now to {x}.",
    "What do we know about {x}?",
    "What is there to say about {x}?",
    "Here is how it is with {x}.",
    "Now, what about {x}?",
)
TURNS = (
    "Let us go on.",
    "Now listen.",
    "Here is what comes next.",
    "And here we go on.",
    "Next, then.",
    "Now for this.",
)
SALUTATIONS = {
    "newcomer": ("Dear friend,", "You asked me about this."),
    "practitioner": ("Dear colleague,", "As you asked, here is what we know."),
    "teacher": ("Dear student,", "Here is what you asked about."),
    "examiner": ("Dear candidate,", "Know this by heart."),
    "interviewer": ("Dear reader,", "You wrote to us. Here is the answer."),
    "reviewer": ("Dear author,", "This is what I take from it."),
    "presenter": ("Dear guest,", "Here once more is what was said."),
    "librarian": ("Dear visitor,", "This is what we have on it."),
}
GREETINGS = {
    "newcomer": "Warmly yours,",
    "practitioner": "Best regards,",
    "teacher": "With best wishes,",
    "examiner": "Yours faithfully,",
    "interviewer": "Yours, the desk",
    "reviewer": "With regards,",
    "presenter": "Yours, as ever,",
    "librarian": "Yours sincerely,",
}
AS_FOR = (
    "As for {x}, this is how it is.",
    "About {x}, this much.",
    "What is there to know about {x}?",
    "Then, to {x}.",
)
ON = ("On {x}:", "As for {x}:", "About {x}:", "Regarding {x}:")

CARD_KINDS = (
    ("Change", re.compile(r"(?:New|Changed|Deprecated|Added) (?:in|since) version")),
    ("Example", re.compile(r"For (?:example|instance)\b|.*\be\.g\.")),
    ("Condition", re.compile(r"(?:If|When|Unless|Once|Until)\b")),
    ("Requirement", re.compile(r"[^,;]*?\b(?:must|need to|needs to|(?:is|are) required)\b")),
    ("Limit", re.compile(r"[^,;]*?(?:(?<![\w-])(?:not|cannot|never|without)\b|n[’']t\b)")),
    ("Advice", re.compile(r"[^,;]*?\b(?:should|recommended)\b")),
    ("Possibility", re.compile(r"[^,;]*?\b(?:can|may|might|could)\b")),
    ("Use", re.compile(r"[^,;]*?\b(?:used to|used for|serves to)\b")),
)
_INNER = re.compile(
    r"\b(?:because|if|when|that|which|who|whose|where|so|but|while|although|unless)\b"
)

LIMITS = re.compile(
    r"\b(?:no|not|only|all|every|each|any|some|most|none|nothing|nobody|anyone|everyone|neither)\b"
    r"|n[’']t\b",
    re.IGNORECASE,
)

DEFINES = re.compile(r"(?:a|an|the|one of)\b")

DEMANDS = {
    "must": "**Required of {x}:** to {y}",
    "can": "**Possible for {x}:** to {y}",
    "may": "**Allowed for {x}:** to {y}",
    "should": "**Advised for {x}:** to {y}",
    "cannot": "**Not possible for {x}:** to {y}",
}

LEADS = {
    "Definition": ("To say what this is:", "In a word:", "Put plainly:"),
    "Requirement": ("This much is a duty.", "Here is what is asked of us.", "Mind this one:"),
    "Limit": ("Note the limit here.", "Note how far this goes.", "Be careful at this point."),
    "Condition": ("Now take a condition.", "Here it depends.", "Watch what the case is."),
    "Example": ("To make it plain:", "Here is a case of it:", "See it at work:"),
    "Possibility": (
        "This much is open to us.",
        "There is a choice here.",
        "Note what is open to us.",
    ),
    "Use": ("Why have it?", "What is it for?", "It has its use."),
    "Advice": ("A word of advice:", "It is wise to heed this:"),
    "Instruction": ("Here is what to do.", "This is to be done."),
    "Change": ("With time it came to this:", "Here is a change:"),
    "Fact": ("Then there is this.", "Next comes this.", "And so we come to this.", "Let us go on."),
}


def card_kind(body: str) -> str:
    """The label of a statement's card, by its main clause."""
    inner = _INNER.search(body)
    main = body[: inner.start()] if inner and inner.start() > 0 else body
    for label, pattern in CARD_KINDS:
        if pattern.match(main):
            return label
    found = grammar.clause(body)
    if found and found.verb in ("is", "are") and DEFINES.match(found.rest):
        return "Definition"
    return "Instruction" if IMPERATIVES.match(body) else "Fact"
