"""What a recipe may say about rephrasing. Imports pydantic only: reading a recipe stays cheap."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

StyleName = Literal[
    "notes",
    "outline",
    "cards",
    "glossary",
    "rules",
    "steps",
    "timeline",
    "cause_effect",
    "compare",
    "entities",
    "question_answer",
    "faq",
    "dialogue",
    "restated",
    "named",
    "figures",
    "explainer",
    "lecture",
    "letter",
    "summary_first",
]
PerspectiveName = Literal[
    "newcomer",
    "practitioner",
    "teacher",
    "examiner",
    "interviewer",
    "reviewer",
    "presenter",
    "librarian",
]
BARREN = frozenset({"too_similar", "copied", "no_novelty"})
"""Reasons that say a reading has nothing of its own to make of a passage: another is drawn."""
Weight = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A recipe section: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PassageSettings(Section):
    """How documents are cut. Defaults: 4096-token excerpts in 256-token chunks (K2 §2.2, figure 4).

    Tokens are those of `tokenizer`: `builtin` (a byte-level BPE that ships with the package),
    `regex-wp` (words and marks), or the path of a tokenizer.json or of a folder with one.
    """

    tokenizer: str = Field("builtin", min_length=1)
    excerpt_tokens: int = Field(4096, ge=16, description="longest passage, in tokens")
    chunk_tokens: int = Field(256, ge=8, description="target length of one rewriting step")
    min_tokens: int = Field(40, ge=1, description="passages shorter than this are rejected")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min_tokens <= self.excerpt_tokens:
            raise ValueError("min_tokens must not exceed excerpt_tokens")
        if not self.chunk_tokens <= self.excerpt_tokens:
            raise ValueError("chunk_tokens must not exceed excerpt_tokens")
        return self


class Thresholds(Section):
    """The gate between a rewrite and `keep=true`. Ours: K2 publishes none.

    `coverage` is the share of the source's content words found in the aligned output sentences,
    `support` the same from the output's side; the `*_sentence_*` bounds apply to the worst
    sentence and so catch one dropped or one invented sentence in a long passage.
    """

    min_coverage: Share = 0.5
    min_sentence_coverage: Share = 0.3
    min_support: Share = 0.45
    min_sentence_support: Share = 0.3
    min_number_recall: Share = 1.0
    min_entity_recall: Share = 1.0
    max_invented_facts: int = Field(0, ge=0, description="numbers, dates, names not in the source")
    max_negation_delta: int = Field(0, ge=0, description="negations added plus negations lost")
    max_quantifier_delta: int = Field(0, ge=0, description="quantifiers or opposites exchanged")
    max_role_swaps: int = Field(0, ge=0, description="pairs of facts that changed places")
    max_repetition: Share = Field(0.1, description="share of output sentences said twice")
    max_repeated: int = Field(0, ge=0, description="sentences said again, of four content words")
    max_invented_run: int = Field(5, ge=0, description="new among seven content words in a row")
    max_lost_clauses: int = Field(0, ge=0, description="of three content words, all missing")
    max_invented_clauses: int = Field(0, ge=0, description="of three content words, all new")
    max_edited_words: int = Field(0, ge=0, description="exchanged in a sentence left as it is")
    max_lost_words: int = Field(0, ge=0, description="out of a sentence left as it is otherwise")
    max_invented_words: int = Field(1, ge=0, description="into a sentence left as it is otherwise")
    min_length_ratio: float = Field(0.7, gt=0)
    max_length_ratio: float = Field(2.0, gt=0)
    max_copy_rate: Share = Field(0.97, description="share of words inside verbatim 8-grams")
    min_novelty: Share = Field(0.05, description="share of 4-grams that the source has not")


def _note_thresholds() -> Thresholds:
    """A learning note keeps the source and may add true statements, so it may be far longer."""
    return Thresholds(
        min_support=0.3,
        min_sentence_support=0.0,
        max_repeated=6,
        max_invented_run=7,
        max_invented_clauses=1000,
        max_invented_words=1000,
        max_edited_words=1000,
        max_quantifier_delta=6,
        max_negation_delta=3,
        max_role_swaps=3,
        max_length_ratio=6.0,
        max_copy_rate=1.0,
    )


class EmbeddingSettings(Section):
    """Coverage both ways by an embeddings model, beside the words in common.

    The bounds are cosines of the worst sentence. What is usual depends on the model: calibrate
    with `factory fidelity bench --recipe`.
    """

    model: str = Field(min_length=1, description="a name of `models` that serves embeddings")
    min_source: Share = Field(0.5, description="nothing lost")
    min_output: Share = Field(0.5, description="nothing invented")


class JudgeSettings(Section):
    """A model that is asked about doubtful rewrites only.

    Doubtful is a rewrite in which no fact was found changed and whose worst sentence shares
    between band[0] and band[1] of its words with the other side.
    """

    model: str = Field(min_length=1, description="a name of `models` that serves chat")
    band: tuple[Share, Share] = (0.2, 0.5)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.band[0] > self.band[1]:
            raise ValueError("band: give the lower bound first")
        return self


class RewriteSettings(Section):
    """How many rewrites a passage gets, in which styles, and what a rewrite must satisfy.

    `per_source` is also the cap: a passage never gets more (K2: at most two for broad corpora, ten
    for the wiki ablation). Styles are drawn without repetition until all are used; one that does
    not fit a passage (a timeline without dates) is not drawn, so a passage may get fewer.
    """

    per_source: int = Field(2, ge=1, le=10)
    styles: dict[StyleName, Weight] = Field(
        default_factory=lambda: dict.fromkeys(get_args(StyleName), 1.0), min_length=1
    )
    perspectives: dict[PerspectiveName, Weight] = Field(
        default_factory=lambda: dict.fromkeys(get_args(PerspectiveName), 1.0), min_length=1
    )
    min_distance: Share = Field(
        0.2,
        description="rewrites of one passage whose 4-grams differ less (1 - Jaccard) are dropped",
    )
    rows_apart: int = Field(
        4, ge=0, description="rewrites of one passage stand further apart than this in the shards"
    )
    embeddings: EmbeddingSettings | None = None
    judge: JudgeSettings | None = None
    thresholds: Thresholds = Field(default_factory=Thresholds)
    note_thresholds: Thresholds = Field(default_factory=_note_thresholds)

    @model_validator(mode="after")
    def _enough_readings(self) -> Self:
        readings = len(self.styles) * len(self.perspectives)
        if self.per_source > readings:
            raise ValueError(
                f"per_source = {self.per_source} but styles x perspectives give only {readings} "
                "distinct readings: add styles or perspectives, or lower per_source"
            )
        return self
