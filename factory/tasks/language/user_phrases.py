"""How simulated users talk: one grammar of what they say first, answer, add and reply.

`{act}` is an imperative ("cancel the booking ..."), `{ask}` a noun phrase that a question is
about ("the status of ..."). All values come in marked, so no register can alter a fact. Only
`yes` agrees: no other reply may hold a word that reads as assent (assent.assents).
"""

from __future__ import annotations

from factory.tasks.language.user_answers import ANSWERS
from factory.tasks.language.user_assent import ASSENT
from factory.tasks.language.user_later import LATER
from factory.tasks.language.user_openings import OPENINGS
from factory.tasks.language.user_replies import REPLIES

GRAMMAR: dict[str, tuple[str, ...]] = {**OPENINGS, **ANSWERS, **LATER, **ASSENT, **REPLIES}
