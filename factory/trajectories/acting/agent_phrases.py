"""How offline agents talk: one grammar of what they say before calls, ask, report and refuse."""

from __future__ import annotations

from factory.trajectories.acting.call_phrases import CALLS
from factory.trajectories.acting.question_phrases import QUESTIONS
from factory.trajectories.acting.refusal_phrases import REFUSALS
from factory.trajectories.acting.report_phrases import REPORTS

GRAMMAR: dict[str, tuple[str, ...]] = {**CALLS, **QUESTIONS, **REPORTS, **REFUSALS}
