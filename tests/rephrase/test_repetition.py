"""A source that repeats itself may be repeated; a rewrite that says something again may not."""

from __future__ import annotations

from factory.rephrase.fidelity.scores import check

REFRAIN = (
    "The method `read` takes the raw body of the request as it was sent by the server. It raises "
    "an error if the signature is invalid.\n\n"
    "The method `parse` takes the raw body of the request as it was sent by the server. It raises "
    "an error if the signature is invalid or if the message is older than five minutes.\n\n"
    "Both return the message as a record with a field for every header that was signed."
)


def repeated(text: str) -> bool:
    return bool(check(REFRAIN, text).scores["repeated"])


def test_sentences_that_differ_in_a_word_may_come_out_the_same() -> None:
    source = "Ask `read` for the body. It {} an error if the signature of the body is invalid."
    both = "\n\n".join(source.format(verb) for verb in ("raises", "reports"))
    said = both.replace("reports", "raises")
    assert not check(both, said).scores["repeated"]


def test_a_frame_between_paragraphs_makes_no_echo() -> None:
    spoken = "\n\n".join(
        f"**Listener:** What else do we need to know here?\n\n**Expert:** {part}"
        for part in REFRAIN.split("\n\n")
    )
    assert not repeated(spoken)


def test_a_sentence_said_again_is_found_in_a_text_that_repeats_itself_elsewhere() -> None:
    last = REFRAIN.rpartition("\n\n")[2]
    assert repeated(f"{REFRAIN}\n\n{last}")
    first = REFRAIN.partition(". ")[0] + "."
    assert repeated(f"{REFRAIN}\n\n{first} {first}")


def test_a_statement_of_small_words_is_matched_with_itself_whatever_stands_around() -> None:
    source = "1999.\n\nThe old option is kept for the server. Do not.\n\nIt is so."
    text = "What is it?\n\nThe old option is kept for the server. Do not.\n\n1999. It is so. Is it?"
    scores = check(source, text).scores
    assert scores["negation_delta"] == 0
    assert check(source, text.replace("Do not.", "Do.")).scores["negation_delta"] == 1


def test_a_line_that_breaks_in_a_date_or_in_code_changes_no_fact() -> None:
    source = "It began in February\n2007, as `git\nstatus` tells; see `git diff` for the rest."
    entries = check(source, source.replace("\n", " ")).entries
    assert {e.status for e in entries} == {"kept"} and len(entries) >= 3


def test_politeness_is_no_fact() -> None:
    source = "Please read the tips when you have the time to look at them."
    assert check(source, source.replace("Please read", "Read")).scores["edited_words"] == 0
