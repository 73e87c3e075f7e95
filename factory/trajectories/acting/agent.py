"""The offline agent: follows a script through observations only, in one of several skills.

Its knowledge is what the user has said (`heard`) and what tools have returned; every argument is
resolved from those when the call is made. Skills differ in style (cautious, parallel) or in the
mistakes they make (mistakes.py); the expert makes none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from factory.agents.grammar import Speaker, plain
from factory.tasks.language.assent import assents
from factory.tasks.language.mentions import in_reply, named_before
from factory.tasks.sources import Unresolved, resolve, slots_used
from factory.tasks.values import spoken
from factory.trajectories.acting import mistakes
from factory.trajectories.acting.agent_phrases import GRAMMAR
from factory.trajectories.acting.asking import condition_seen, missing_values, rows_to_tell_apart
from factory.trajectories.acting.naming import (
    FAULT_WORDS,
    NO_SUCH_TOOL,
    in_progress,
    looked_through,
)
from factory.trajectories.acting.reports import Reporter
from factory.trajectories.authors import AgentView, Call, Turn
from factory.trajectories.judging.grounding import iso_dates

MAX_RETRIES = 6


class OfflineAgent:
    """See `authors.Agent`; `view.skill` is one of `settings.SKILLS`."""

    async def act(self, view: AgentView) -> Turn:
        """The next turn by the script, in the format that the agent's rules ask for."""
        turn = _Run(view).turn()
        turn = replace(turn, text=_briefly(turn.text, view))
        if "iso_dates" in view.agent["behaviour"]["format_rules"]:
            return replace(turn, text=iso_dates(turn.text))
        return turn


def _briefly(text: str, view: AgentView) -> str:
    """`text` with what was named at length before called "that booking": inside one message, and
    in a report now and then what the question before it named."""
    asked = next((m["content"] for m in view.messages[::-1] if m["role"] == "assistant"), "")
    recent = asked if view.notes.get("brief") else ""
    return named_before(text, dict(view.script.again), recent)


class _Run:
    """One turn; all that lasts lies in `view.notes`."""

    def __init__(self, view: AgentView) -> None:
        self.view = view
        self.rng = view.rng
        self.notes = view.notes
        self.notes.setdefault("results", {})
        self.notes.setdefault("pending", [])
        self.notes.setdefault("retries", 0)
        self.notes.setdefault("agreed", [])
        self.stage: int = self.notes.setdefault("stage", 0)
        self.reported: int = self.notes.setdefault("reported", -1)
        behaviour = view.agent["behaviour"]
        self.rules: Mapping[str, Any] = behaviour["rules"]
        self.formats: Sequence[str] = behaviour["format_rules"]
        self.title = str(behaviour["title"])
        self.speaker = Speaker(GRAMMAR, self.rng, [behaviour["tone"]])
        self.speaker.used = self.notes.setdefault("used", {})  # one talk doesn't repeat itself

    # --- the turn -----------------------------------------------------------------------------

    def turn(self) -> Turn:
        """Read what came back, then ask, confirm, call or report."""
        self.notes["brief"] = False
        if self.reported >= self.stage:
            symbol = "welcome_no" if self.notes.get("declined") else "welcome"
            return Turn(self.say(symbol), act={"kind": "close"})
        self.notes["declined"] = False
        if self.view.script.declined or self._lacks_tool() or self._is_aside():
            return self._decline()
        trouble = self._read_results()
        if trouble is not None:
            return trouble
        self._read_agreement()
        if self.view.skill == "hallucinating":
            invented = mistakes.invent(self.view, self.todo(), self.say)
            if invented is not None:
                return invented
        return self._next()

    def _next(self) -> Turn:
        todo = self.todo()
        missing = self._missing(todo)
        if missing and (self._asks_early() or not todo or missing & self._needed(todo[0])):
            return self._ask(sorted(missing))
        gone = next((g for g in self.goals() if not todo and self._is_absent(g)), None)
        if gone is not None:
            self._close(declined=True)
            text = self.say("not_there", act=gone["short"], name=self._searched(gone))
            return Turn(text, act={"kind": "decline"})
        if not todo or (self.view.skill == "sloppy" and mistakes.skips(self.view, todo)):
            return self._report()
        batch = self._batch(todo)
        goal = self._to_confirm(batch[0])
        if goal is not None:
            return self._confirm(self._confirmed_together(goal, todo))
        slip = mistakes.slip(self.view, batch[0], self.notes["results"])
        if slip is not None:
            self.notes["pending"] = [slip.step]
            return Turn(self._preamble(batch[0]), [slip.call], {"kind": "call"}, mistake=True)
        return self._call(batch)

    def todo(self) -> list[Mapping[str, Any]]:
        """The steps that have no result yet, for what the user has asked so far, in order."""
        steps = self.view.script.steps
        wanted = {s["id"] for s in steps if self.reported < s["stage"] <= self.stage}
        for step in reversed(steps):
            if step["id"] in wanted:
                wanted.update(step["after"])
        dropped = {g["step"] for g in self.goals(all_stages=True) if self._is_dropped(g)}
        done = self.notes["results"]
        return [s for s in steps if s["id"] in wanted - dropped and s["id"] not in done]

    def goals(self, all_stages: bool = False) -> list[Mapping[str, Any]]:
        """The wishes that the user has come up with and has no report of yet, or all."""
        goals = list(self.view.script.goals)
        if all_stages:
            return goals
        return [
            goal
            for goal in goals
            if self.reported < goal["stage"] <= self.stage and not self._is_dropped(goal)
        ]

    def _is_dropped(self, goal: Mapping[str, Any]) -> bool:
        return bool(goal.get("dropped")) and self.stage > 0

    def _is_absent(self, goal: Mapping[str, Any]) -> bool:
        """Whether the search for what the wish is about came back empty."""
        result = self.notes["results"].get(goal["step"], {})
        return bool(goal.get("absent")) and goal["absent"] in result and not result[goal["absent"]]

    def _lacks_tool(self) -> bool:
        return bool(self.view.script.withheld) and self.stage == 0

    def _is_aside(self) -> bool:
        return self.stage > 0 and self.view.script.later[self.stage - 1]["kind"] == "aside"

    def _close(self, declined: bool = False) -> None:
        """Everything asked so far has been answered, or declined."""
        self.notes["reported"] = self.stage
        self.notes["declined"] = declined

    def _searched(self, goal: Mapping[str, Any]) -> str:
        """The name that the search of a goal was for."""
        sources = self._step(goal["step"])["arguments"].values()
        return next(str(resolve(s, self.view.heard, self.notes["results"])) for s in sources)

    def say(self, symbol: str, **values: object) -> str:
        """A phrase in the agent's tone."""
        return plain(self.speaker.say(symbol, **values))

    # --- results ------------------------------------------------------------------------------

    def _read_results(self) -> Turn | None:
        """Take in the results of the last calls; a Turn when something has to be repeated."""
        pending = self.notes["pending"]
        if not pending:
            return None
        self.notes["pending"] = []
        answers = [json.loads(m["content"]) for m in self.view.messages[-len(pending) :]]
        failed: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
        for step_id, answer in zip(pending, answers, strict=True):
            if step_id is None:
                continue
            error = answer.get("error") if isinstance(answer, Mapping) else None
            if error is None:
                self.notes["results"][step_id] = answer
                self.notes["retries"] = 0
                self.notes["served"] = any(g["step"] == step_id for g in self.goals())
            else:
                failed.append((self._step(step_id), error))
        return self._repair(failed) if failed else None

    def _step(self, step_id: str) -> Mapping[str, Any]:
        return next(step for step in self.view.script.steps if step["id"] == step_id)

    def _repair(self, failed: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Turn:
        self.notes["retries"] += 1
        step, error = failed[0]
        code = str(error["code"])
        if code not in FAULT_WORDS and self.notes.pop("slipped", None):
            if code == "unknown_tool":
                why = self.rng.choice(NO_SUCH_TOOL)
            else:
                why = str(error["message"]).rstrip(".")
            calls = self._calls([step])
            symbol = "fix" if calls is not None else "fix_lookup"
            text = self.say(symbol, why=why) if self.rng.random() < 0.7 else ""
            if calls is None:  # the right argument has to be looked up first
                return self._after_slip(text)
            self.notes["pending"] = [step["id"]]
            return Turn(text, calls, {"kind": "call"})
        if code not in FAULT_WORDS or self.notes["retries"] > MAX_RETRIES:
            return self._give_up(step, error)
        self.notes.pop("slipped", None)  # what is repeated now is the right call
        steps = [other for other, _ in failed]
        calls = self._calls(steps)
        assert calls is not None
        self.notes["pending"] = [other["id"] for other in steps]
        text = self.say("retry", fault=self._fault(code)) if self.rng.random() < 0.6 else ""
        return Turn(text, calls, {"kind": "call"})

    def _fault(self, code: str) -> str:
        return self.rng.choice(FAULT_WORDS[code])

    def _after_slip(self, text: str) -> Turn:
        turn = self._next()
        return Turn(text or turn.text, turn.calls, turn.act, turn.mistake)

    def _give_up(self, step: Mapping[str, Any], error: Mapping[str, Any]) -> Turn:
        self._close(declined=True)
        goal = self._phrased(self._goal_of(step))
        act = goal["short"] or f"find {goal['about']}"
        if error["code"] in FAULT_WORDS:
            text = self.say("gave_up", act=act, fault=self._fault(str(error["code"])))
        else:
            text = self.say("stuck", act=act, why=str(error["message"]).rstrip("."))
        return Turn(text, act={"kind": "decline"})

    # --- calls --------------------------------------------------------------------------------

    def _calls(self, steps: Sequence[Mapping[str, Any]]) -> list[Call] | None:
        """The calls of some steps, or None when an argument is not known yet."""
        out: list[Call] = []
        for step in steps:
            try:
                arguments = {
                    name: resolve(source, self.view.heard, self.notes["results"])
                    for name, source in step["arguments"].items()
                }
            except Unresolved:
                return None
            out.append((step["tool"], arguments))
        return out

    def _batch(self, todo: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """The next step; for those who call in parallel, all steps that can run now."""
        together = self.view.skill == "parallel" or (
            self.view.script.kind == "parallel"
            and self.notes.setdefault("together", self.rng.random() < 0.7)
        )
        batch = [todo[0]]
        if not together or self._to_confirm(todo[0]) is not None:
            return batch
        for step in todo[1:]:
            if self._writes(batch[-1]) and self.view.script.kind != "parallel":
                break  # what comes next may depend on the change
            if self._writes(step) and self.view.script.kind != "parallel":
                break  # nor may the change come before what was to be read
            ready = self._calls([step]) is not None
            if not ready or self._to_confirm(step) is not None:
                break
            batch.append(step)
        return batch

    def _writes(self, step: Mapping[str, Any]) -> bool:
        return any(g["step"] == step["id"] and g["write"] for g in self.view.script.goals)

    def _call(self, batch: Sequence[Mapping[str, Any]]) -> Turn:
        calls = self._calls(batch)
        if calls is None:
            missing = sorted(self._needed(batch[0]) - set(self.view.heard))
            if missing:
                return self._ask(missing)
            return self._give_up(batch[0], {"code": "stuck", "message": "the record is not unique"})
        pending: list[str | None] = [step["id"] for step in batch]
        extra: list[Call] = []
        if self.view.skill == "over_calling":
            extra = mistakes.superfluous(self.view, calls)
            pending += [None] * len(extra)
        elif self.view.skill == "sloppy":
            calls = mistakes.spoiled(self.view, batch, calls)
        self.notes["pending"] = pending
        return Turn(
            self._preamble(batch[0]), [*calls, *extra], {"kind": "call"}, mistake=bool(extra)
        )

    def _preamble(self, step: Mapping[str, Any]) -> str:
        """A word before a call, half of the time: what it is for, as the talk stands."""
        served = self.notes.pop("served", False)
        agreed = self.notes.pop("just_agreed", False)
        if self.rng.random() < 0.5:
            return ""
        finding = step["role"] == "find"
        writes = not finding and self._goal_of(step)["write"]
        named = {
            "things": looked_through(step["tool"]),
            "doing": in_progress(str(self._goal_of(step)["short"])) if writes else "looking it up",
            "seen": looked_through(self._last_read()),
        }
        if self.view.messages[-1]["role"] == "user":
            if agreed:
                return self.say("after_yes", **named)
            if self.notes["results"] and self.stage == 0:  # a question of ours was answered
                return self.say("after_answer", **named)
            return self.say("before_direct" if writes else "before_find", **named)
        if served:
            return self.say("before_more")
        if finding:
            return self.say("before_next_find", **named) if self.rng.random() < 0.4 else ""
        symbol = "before_goal" if writes else "before_read"
        return self.say(symbol, **named)

    def _last_read(self) -> str:
        """The tool of the last step that found something."""
        done = [s for s in self.view.script.steps if s["id"] in self.notes["results"]]
        return next((str(s["tool"]) for s in done[::-1] if s["role"] == "find"), "")

    def _goal_of(self, step: Mapping[str, Any]) -> Mapping[str, Any]:
        """The goal that a step serves: the first in order that is not reached before it."""
        order = [s["id"] for s in self.view.script.steps]
        at = order.index(step["id"])
        goals = self.view.script.goals
        return next((g for g in goals if order.index(g["step"]) >= at), goals[-1])

    # --- talking ------------------------------------------------------------------------------

    def _needed(self, step: Mapping[str, Any]) -> set[str]:
        return set().union(*(slots_used(source) for source in step["arguments"].values()))

    def _missing(self, todo: Sequence[Mapping[str, Any]]) -> set[str]:
        """Slots that the calls to come or the answer itself need and the user has not told."""
        needed = set().union(*(self._needed(step) for step in todo))
        answers = [answer for goal in self.goals() for answer in goal["answers"]]
        needed.update(*(slots_used(a["source"]) for a in answers if "source" in a))
        return needed - set(self.view.heard)

    def _asks_early(self) -> bool:
        if self.view.script.unclear is not None:
            return False
        early: bool = self.notes.setdefault("early", self.rng.random() < 0.5)
        return early

    def _ask(self, slots: Sequence[str]) -> Turn:
        unclear = self.view.script.unclear
        if unclear is not None and list(slots) == [unclear["slot"]]:
            return self._ask_which(unclear)
        labels = [str(self.view.script.labels[slot]) for slot in slots]
        text = self.say("ask", **missing_values(labels))
        return Turn(text, act={"kind": "ask", "slots": list(slots)})

    def _ask_which(self, unclear: Mapping[str, Any]) -> Turn:
        """Which of the rows found is meant: names what tells them apart."""
        bound = rows_to_tell_apart(self.view, unclear, self._dates(), self.rng)
        return Turn(self.say("which", **bound), act={"kind": "ask", "slots": [unclear["slot"]]})

    def _dates(self) -> int:
        """The style of dates (see `values.spoken`)."""
        return 0 if "iso_dates" in self.formats else 1

    def _phrased(self, goal: Mapping[str, Any]) -> Mapping[str, Any]:
        """The goal with the phrases that hold what the user kept back, once all of it is told."""
        told = not self._missing(self.view.script.steps)
        return {**goal, **goal["full"]} if told and "full" in goal else goal

    def _act(self, goal: Mapping[str, Any]) -> str:
        """The wish as the user has put it so far."""
        full = self._phrased(goal)
        first = full["act"] if "full" in goal else goal.get("act_first", goal["act"])
        return str(full["act"] if self.stage else first)

    def _to_confirm(self, step: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The goal to be confirmed before this step, if it is one and was not yet agreed to."""
        goal = next((g for g in self.goals() if g["step"] == step["id"]), None)
        if goal is None or not goal["write"] or goal["step"] in self.notes["agreed"]:
            return None
        ruled = goal["tool"] in self.rules["confirm"]
        return goal if ruled or self.view.skill == "cautious" else None

    def _confirmed_together(
        self, goal: Mapping[str, Any], todo: Sequence[Mapping[str, Any]]
    ) -> list[Mapping[str, Any]]:
        """The goals to ask about in one question: in a parallel task all that are ready."""
        if self.view.script.kind != "parallel":
            return [goal]
        ready = [step for step in todo if self._calls([step]) is not None]
        if len(ready) < len(todo):
            return [goal]
        goals = [self._to_confirm(step) for step in ready]
        return [other for other in goals if other is not None]

    def _confirm(self, goals: Sequence[Mapping[str, Any]]) -> Turn:
        goal = goals[0]
        self.notes["asked"] = [other["step"] for other in goals]
        told = {
            slot: self.view.heard[slot]
            for slot in sorted(self._needed(self._step(goal["step"])))
            if slot in self.view.heard
        }
        spoken_for = any("full" in other for other in goals)
        late = [s for s in told if s in self.notes.get("late", ()) and not spoken_for]
        act = " and ".join(self._act(other) for other in goals)
        if late:
            labels = self.view.script.labels
            said = ", ".join(f"{labels[s]} {spoken(told[s], self.rng)}" for s in late)
            act = f"{act} ({said})"
        new = self.notes["results"] and self._first_goal(goal) and not self.notes.get("found")
        self.notes["found"] = True
        found = self.say("found") if new else ""
        if goal.get("condition") and goal["step"] not in self.notes.setdefault("told", []):
            found = self._condition(goal) or found
        return Turn(f"{found} {self.say('confirm', act=act)}".strip(), act={"kind": "confirm"})

    def _condition(self, goal: Mapping[str, Any]) -> str:
        """What a condition came to, before the go-ahead is asked for; nothing where its value has
        not been seen, or was the answer to another wish."""
        asked = goal["condition"]
        told = [a.get("source") for g in self.goals() for a in g["answers"]]
        if asked["source"] in told:
            return ""
        bound = condition_seen(self.view, goal, self._dates(), self.rng)
        if bound is None:
            return ""
        self.notes["told"].append(goal["step"])
        return self.say("condition_met", **bound)

    def _first_goal(self, goal: Mapping[str, Any]) -> bool:
        return bool(goal["step"] == self.goals()[0]["step"])

    def _read_agreement(self) -> None:
        asked = self.notes.pop("asked", None)
        if asked is not None and assents(self.view.messages[-1]["content"]):
            self.notes["agreed"] += asked
            self.notes["just_agreed"] = True

    def _report(self) -> Turn:
        goals = [self._phrased(goal) for goal in self.goals()]
        self._close()
        self.notes["brief"] = bool(self.notes["agreed"]) and self.rng.random() < 0.5
        reporter = Reporter(
            self.speaker,
            self.formats,
            self.view.heard,
            self.notes["results"],
            self.rng,
            self.notes.get("told", ()),
        )
        return Turn(reporter.report(goals), act={"kind": "report"})

    def _decline(self) -> Turn:
        self._close(declined=True)
        if self._is_aside():
            act = in_reply(str(self.view.script.later[self.stage - 1]["about"]))
            return Turn(self.say("no_tool", act=act, title=self.title), act={"kind": "decline"})
        goal = self.view.script.goals[0]
        act = goal["short"] or f"tell you {goal['ask']}"
        if self.view.script.declined == "forbidden":
            office = str(self.rules["office"])
            return Turn(self.say("forbidden", act=act, office=office), act={"kind": "decline"})
        return Turn(self.say("no_tool", act=act, title=self.title), act={"kind": "decline"})
