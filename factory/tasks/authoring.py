"""Who words what a user says: the protocol behind the role `task_author` (DESIGN §4).

A task is planned and proven first; an author then words the opening and the messages that the user
sends of its own accord. What is said in which message stays as proven: `worded` checks that, and
proves the task again with the new words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from factory.records import Record
from factory.stage import AuthorFailed, Context, Reject
from factory.tasks.values import forms, hard_facts, mentions
from factory.tasks.writer import Writer
from factory.tools.authoring import Answer, Check, Failure, Trial

OFFLINE = "offline"
SHORTEST, LONGEST = 8, 1000
"""Characters of one message."""
COVERED = 0.3
"""Share of a wish's words that a new wording keeps: less is another wish."""
_ROLE = re.compile(r"^\s*(?:user|me|customer|assistant)\s*:", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True)
class TaskBrief:
    """The messages as they were proven, and who says them."""

    setting: str
    persona: Mapping[str, Any]
    opening: str
    later: Sequence[Mapping[str, Any]]
    """{kind, on, text} of what the user says after the opening, as far as it may be worded."""
    agenda: Mapping[str, Any]
    sample: int

    @property
    def messages(self) -> list[str]:
        """All messages in order."""
        return [self.opening, *(item["text"] for item in self.later)]

    def told(self, message: str) -> list[tuple[str, Any]]:
        """(label, value) of every slot that a message says, also of values said wrongly."""
        return [(label, value) for label, value in self.values() if mentions(message, value)]

    def values(self) -> list[tuple[str, Any]]:
        """(label, value) of every slot; one that is corrected later has two."""
        found = []
        for slot in self.agenda["slots"]:
            values = [slot["value"], *([slot["first"]] if "first" in slot else [])]
            found += [(slot["label"], v) for v in values if not isinstance(v, bool)]
        return found

    @property
    def withheld(self) -> list[str]:
        """Labels of what the user says only when asked."""
        return [slot["label"] for slot in self.agenda["slots"] if slot["reveal"] == "ask"]


class TaskAuthor(Protocol):
    """The role `task_author`. `label` goes into the record's lineage."""

    label: str

    async def write(self, brief: TaskBrief, check: Check) -> Mapping[str, Any]:
        """{"opening", "later": [texts]}; `check` says what is wrong with an answer."""


class OfflineTaskAuthor:
    """Leaves the words as our grammar made them."""

    label = OFFLINE

    async def write(self, brief: TaskBrief, check: Check) -> Mapping[str, Any]:
        """See `TaskAuthor`."""
        opening, *later = brief.messages
        return {"opening": opening, "later": later}


class _Wording(Trial):
    """Tries one wording after another; `made` is the task in the last one's words."""

    def __init__(self, writer: Writer, brief: TaskBrief, label: str) -> None:
        super().__init__(self._examined)
        self.writer = writer
        self.brief = brief
        self.label = label
        self.made: Record | None = None

    def _examined(self, answer: Answer) -> Failure | None:
        self.made = None
        wrong = wording_failure(answer, self.brief)
        if wrong:
            return wrong
        texts = [text.strip() for text in answer["later"]]
        made = self.writer.reworded(answer["opening"].strip(), texts, self.label)
        if isinstance(made, Reject):
            return Failure(made.reason, made.detail)
        self.made = made
        return None


async def worded(writer: Writer, task: Record, ctx: Context) -> Record | Reject:
    """A proven task in its author's words, or the Reject that says why they can't be used."""
    author: TaskAuthor = ctx.authors["task_author"]
    rng = ctx.child("author", task["state_seed"])
    brief = TaskBrief(
        setting=f"{writer.domain['title']}. {writer.domain['setting']}",
        persona=task["persona"],
        opening=task["opening"],
        later=[item for item in task["agenda"]["later"] if not item["tools"]],
        agenda=task["agenda"],
        sample=rng.getrandbits(31),
    )
    trial = _Wording(writer, brief, author.label)
    where = f"{task['kind']}: {task['opening'][:80]}"
    try:
        answer = await author.write(brief, trial)
    except AuthorFailed as error:
        return trial.rejected(error, where)
    if author.label == OFFLINE:
        return task
    wrong = trial.final(answer)
    if wrong is not None:
        return Reject(wrong.reason, f"{where}: {wrong.detail}", answer)
    assert trial.made is not None
    return trial.made


def wording_failure(answer: Answer, brief: TaskBrief) -> Failure | None:
    """The first thing wrong with the words of an author, before they are proven."""
    texts = [answer["opening"], *answer["later"]]
    if len(texts) != len(brief.messages):
        detail = f"later has {len(answer['later'])} messages, not {len(brief.later)}"
        return Failure("author_wrong_turns", detail)
    said: set[str] = set()
    allowed = _known_facts(brief)
    for number, (text, before) in enumerate(zip(texts, brief.messages, strict=True)):
        where = "opening" if number == 0 else f"later/{number - 1}"
        said |= {repr(value) for _, value in brief.told(before)}
        wrong = (
            _form_failure(text)
            or _value_failure(text, before, brief, said)
            or _fact_failure(text, allowed)
            or _wish_failure(text, before, brief)
        )
        if wrong:
            return Failure(wrong.reason, f"{where}: {wrong.detail}", wrong.advice)
    return None


def _form_failure(text: str) -> Failure | None:
    if not SHORTEST <= len(text.strip()) <= LONGEST:
        detail = f"{len(text.strip())} characters; {SHORTEST} to {LONGEST}"
        return Failure("author_bad_length", detail)
    if _ROLE.match(text):
        return Failure("author_bad_form", "begins with a role name; write the message alone")
    return None


def _value_failure(text: str, before: str, brief: TaskBrief, said: set[str]) -> Failure | None:
    """A value that is no longer said here, or one that is not said yet."""
    for label, value in brief.told(before):
        if not mentions(text, value):
            advice = f"this message tells the {label}"
            return Failure("author_untold", f"does not say {forms(value)[0]}", advice)
    for label, value in brief.told(text):
        if repr(value) not in said:
            advice = "leave it out here"
            return Failure("author_told_early", f"tells the {label} ({value})", advice)
    return None


def _known_facts(brief: TaskBrief) -> set[str]:
    told = [value for message in brief.messages for _, value in brief.told(message)]
    texts = [*brief.messages, *(form for value in told for form in forms(value))]
    return {fact for text in texts for fact in hard_facts(text)}


def _fact_failure(text: str, allowed: set[str]) -> Failure | None:
    strange = [fact for fact in hard_facts(text) if fact not in allowed]
    if not strange:
        return None
    advice = "say no number, date, id or code that the message did not have"
    return Failure("author_invented_value", f"the user does not know {strange[0]}", advice)


def _wish_failure(text: str, before: str, brief: TaskBrief) -> Failure | None:
    """A wish that is no longer recognisable in the message that had it."""
    for goal in brief.agenda["goals"]:
        wish = goal["act_first"] or goal["act"] or goal["ask"]
        words = _stems(wish) & _stems(before)
        if len(words) < 0.8 * len(_stems(wish)):
            continue  # said in another message
        if len(words & _stems(text)) < COVERED * len(words):
            advice = "the words may change, the wish may not"
            return Failure("author_lost_wish", f"no longer asks to {wish}", advice)
    return None


def _stems(text: str) -> set[str]:
    return {word.lower()[:5] for word in _WORD.findall(text)}
