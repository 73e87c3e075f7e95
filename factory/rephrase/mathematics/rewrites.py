"""Stage `rewrites` for mathematics: a passage becomes an English learning note, verified.

Other languages are translated first. Checks: formulas survive translation, the final answer
survives, every numeric equality is exactly true, a new equality that can't be read is a reason to
drop the note, and the source's facts are all there (ledger). What is judged and scored is the note
without what it adds, statements of `concepts.py` and checks that are exactly true; the ledger shows
them too.

The source itself is not believed: a named solution that does not satisfy the equations of the
question is `answer_wrong`, an answer with a number that the solution never comes to
`answer_unsupported`. Reasons besides these and those of `fidelity.gate`: `untranslated`,
`formulas_lost`, `answer_lost`, `nothing_verified`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from factory.records import Record
from factory.rephrase.author import Translation, Translator, languages_of
from factory.rephrase.fidelity.gate import reasons
from factory.rephrase.fidelity.scores import Report, check
from factory.rephrase.mathematics.checks import unsupported
from factory.rephrase.mathematics.notes import final_answers, solution, write_note
from factory.rephrase.mathematics.sections import sort_sentences, unlabelled
from factory.rephrase.mathematics.translate import decimal_points
from factory.rephrase.offline import LABEL
from factory.rephrase.pieces import pieces
from factory.rephrase.reading.language import UNDETERMINED
from factory.rephrase.settings import Thresholds
from factory.stage import Context, Reject

STYLE = "learning_note"
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)


async def rewrite(passage: Record, ctx: Context) -> list[Record | Reject]:
    """One `learning_note` rewrite of a math passage, kept or not, with its reason; a reject
    `language_not_offered` where the translator does not know its language."""
    text, title, language = passage["text"], passage.get("title") or "", passage["language"]
    translator: Translator = ctx.authors["translator"]
    foreign = language not in ("en", UNDETERMINED)
    english = Translation(text)
    offered = languages_of(translator)
    if foreign and offered is not None and language not in offered:
        detail = f"{translator.label} does not translate {language!r}: name a model as translator"
        return [Reject("language_not_offered", detail, {"source": passage["source"]})]
    if foreign:
        english = await translator.translate(text, language)
        heading = await translator.translate(title, language)
        title = heading.text if not heading.untranslated else ""
    note = write_note(title, english.text)
    report = check(english.text, note, title)
    told = write_note(title, english.text, added=False)
    judged = replace(check(unlabelled(english.text), told, title), equations=report.equations)
    why = next(_reasons(text, english, told, judged, ctx.recipe.rewrites.note_thresholds), None)
    body = {
        "source_id": passage["id"],
        "document_id": passage["document_id"],
        "subject": "math",
        "licence": passage["licence"],
        "text": note,
        "style": STYLE,
        "variant": 0,
        "language": language if english.untranslated else "en",
        "translation": english.text if foreign else None,
        "chunks": [_whole(text, note)],
        "pieces": pieces(english.text, note, [_whole(english.text, note)]),
        "ledger": report.ledger_rows(english.text, note),
        "equations": report.equation_rows(),
        "scores": {**judged.scores, "untranslated": len(english.untranslated)},
        "keep": why is None,
        "reason": why,
    }
    label = f"{translator.label}+{LABEL}" if foreign else LABEL
    return [ctx.record("rewrite", body, parents=[passage["id"]], author=label)]


def _whole(source: str, note: str) -> dict[str, int]:
    return {"source_start": 0, "source_end": len(source), "start": 0, "end": len(note)}


def _reasons(
    source: str, english: Translation, note: str, report: Report, limits: Thresholds
) -> Iterator[str]:
    if english.untranslated:
        yield "untranslated"
    if Counter(formulas(source)) != Counter(formulas(english.text)):
        yield "formulas_lost"
    answer = note.rpartition("**Answer.**")[2]
    said = re.sub(r"\s+", "", answer)
    if not all(wanted in said for wanted in final_answers(english.text)):
        yield "answer_lost"
    found = sort_sentences(english.text)
    if solution(found)[1]:
        yield "answer_wrong"
    rest = " ".join(" ".join(told) for name, told in found.items() if name != "answer")
    if found["steps"] and unsupported(found["answer"], rest):
        yield "answer_unsupported"
    yield from reasons(note, report, limits, "en")
    if not any(e.status == "true" for e, _ in report.equations):
        yield "nothing_verified"


def formulas(text: str) -> list[str]:
    """All formulas of a text without white space, decimal commas as points."""
    found = (decimal_points("".join(filter(None, m.groups()))) for m in _FORMULA.finditer(text))
    return [re.sub(r"\s+", "", formula) for formula in found]
