"""The offline user: a finite-state reading of the agenda, worded by grammar and persona."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from factory.agents.grammar import Speaker, protect
from factory.tasks.language.labels import noun_label
from factory.tasks.language.user_phrases import GRAMMAR
from factory.tasks.persona import styled
from factory.tasks.proof.checks import declines
from factory.trajectories.authors import Reply, UserView

_CONFIRM = re.compile(
    r"\b((?<!what )(?<!which )(?:shall|should) i|may i(?! ask)|ok(?=\?)|do you want me to|"
    r"do you confirm|please confirm|is that (?:right|ok|all right|what you want)|go ahead|"
    r"is this correct|correct|do you agree|would you like me to|confirm|ok to go on|"
    r"do i have (?:it|that right))\b[^?]*\?",
    re.I,
)


class OfflineUser:
    """Answers questions by slot, agrees when the agenda says so, stops only when served."""

    async def reply(self, view: UserView) -> Reply:
        """See `authors.User`."""
        notes = view.notes
        notes.setdefault("told", [s["name"] for s in opening_slots(view.agenda)])
        notes.setdefault("patience", view.persona["patience"])
        kind = str(view.act.get("kind") or read_act(view.messages[-1]["content"]))
        said = self._next(view, kind)
        if said is not None:
            return said
        if kind == "ask":
            return self._answer(view)
        if kind == "confirm":
            word = "yes" if view.agenda["agrees"] else "unknown"
            careful = {**view.persona, "typo_rate": 0.0}
            return Reply(styled(self._speaker(view).say(word), careful, view.rng), "confirm")
        if kind in ("report", "decline"):
            return self._close(view, kind)
        if kind == "close":
            return Reply(None, "leave")
        notes["patience"] -= 1
        if notes["patience"] <= 0:
            return Reply(None, "gave_up")
        return Reply(self._say(view, "still_waiting"), "wait")

    def _next(self, view: UserView, kind: str) -> Reply | None:
        """The next thing the user means to say, if this is the turn for it."""
        later = view.agenda.get("later", ())
        number = view.notes.setdefault("next", 0)
        if number >= len(later):
            return None
        item = later[number]
        if item["on"] != kind and not (item["on"] == "report" and kind == "decline"):
            return None
        view.notes["next"] += 1
        view.notes["told"] += item["slots"]
        return Reply(item["text"], item["kind"], item["slots"])

    def _answer(self, view: UserView) -> Reply:
        asked = asked_slots(view)
        told: list[str] = view.notes["told"]
        fresh = [slot for slot in asked if slot["name"] not in told]
        if not fresh:
            view.notes["patience"] -= 1
            if view.notes["patience"] <= 0:
                return Reply(None, "gave_up")
            if asked:
                return Reply(self._slot(view, "slot_again", asked[0]), "repeat")
            return Reply(self._say(view, "nothing_more"), "nothing_more")
        told += [slot["name"] for slot in fresh]
        speaker = self._speaker(view)
        texts = [
            speaker.say(
                _symbol(slot, index),
                label=noun_label(str(slot["label"])),
                value=protect(_quoted(slot)),
                asked=noun_label(str(slot.get("unknown", ""))),
            )
            for index, slot in enumerate(fresh)
        ]
        view.notes["questions"] = view.notes.get("questions", 0) + 1
        if view.notes["questions"] > 1 and view.persona["patience"] <= 4:
            texts.insert(0, speaker.say("impatient"))
        text = styled(" ".join(texts), view.persona, view.rng)
        return Reply(text, "answer", [slot["name"] for slot in fresh])

    def _close(self, view: UserView, kind: str) -> Reply:
        if view.notes.get("closing") or not view.agenda["thanks"]:
            return Reply(None, "leave")
        view.notes["closing"] = True
        return Reply(self._say(view, "thanks" if kind == "report" else "accept_no"), "thanks")

    def _speaker(self, view: UserView) -> Speaker:
        speaker = Speaker(GRAMMAR, view.rng, [view.persona["register"]])
        speaker.used = view.notes.setdefault("used", {})  # nobody says the same twice
        return speaker

    def _say(self, view: UserView, symbol: str) -> str:
        return styled(self._speaker(view).say(symbol), view.persona, view.rng)

    def _slot(self, view: UserView, symbol: str, slot: Mapping[str, Any]) -> str:
        label = noun_label(str(slot["label"]))
        text = self._speaker(view).say(symbol, label=label, value=protect(_quoted(slot)))
        return styled(text, view.persona, view.rng)


def _symbol(slot: Mapping[str, Any], index: int) -> str:
    """What kind of answer tells a slot, asked for at place `index` of a question."""
    if slot.get("which"):
        return "unknown_which" if slot.get("unknown") else "which"
    return "slot_more" if index else "slot"


def _quoted(slot: Mapping[str, Any]) -> str:
    return f'"{slot["said"]}"' if slot["kind"] == "text" else str(slot["said"])


def opening_slots(agenda: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The slots that the opening tells, those with a wrong value included."""
    return [slot for slot in agenda["slots"] if slot["reveal"] in ("opening", "corrected")]


def asked_slots(view: UserView) -> Sequence[Mapping[str, Any]]:
    """The slots that the assistant's last turn asks for: by its own account, else by the labels."""
    names = view.act.get("slots")
    if names is not None:
        return [slot for slot in view.agenda["slots"] if slot["name"] in names]
    text = view.messages[-1]["content"].lower()
    named = [
        slot
        for slot in view.agenda["slots"]
        if str(slot["label"]).lower() in text or noun_label(str(slot["label"])).lower() in text
    ]
    told = view.notes["told"]
    if any(slot["name"] not in told for slot in named):
        return named
    kept_back = [slot for slot in view.agenda["slots"] if slot["name"] not in told]
    return kept_back or named


def read_act(text: str) -> str:
    """What an assistant's message without an account of itself is: by its words alone."""
    if declines(text):
        return "decline"
    if _CONFIRM.search(text):
        return "confirm"
    if text.rstrip().endswith("?"):
        return "ask"
    return "report"
