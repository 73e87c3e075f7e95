"""Models as rewriter and translator. What they return is checked by the stage like any author's."""

from __future__ import annotations

from dataclasses import replace

from factory.llm.asker import Asker
from factory.llm.errors import AnswerCutOff
from factory.llm.prompt import Asked, load_prompt
from factory.rephrase.author import RewriteRequest, Translation
from factory.rephrase.text.segments import segment

SEPARATOR = "\n\n"


class LlmRewriter:
    """Author of role `rewriter`.

    The excerpt comes before the style, so the styles of one excerpt share its prefix in a
    server's cache, and what is written so far before the part, so the parts of one rewrite do.
    """

    asks = "rewrite"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("rewriter")
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, request: RewriteRequest) -> Asked:
        """What is sent for one chunk."""
        style, perspective = request.reading.style, request.reading.perspective
        words = {
            "style": style.title,
            "style_instruction": style.instruction,
            "perspective_instruction": perspective.instruction,
            "speakers": f"Speakers: {perspective.asker} asks, {perspective.teller} answers."
            if style.name == "dialogue"
            else "",
        }
        excerpt = f"{request.title}\n\n{request.excerpt}" if request.title else request.excerpt
        data = {
            "excerpt": excerpt,
            "written": request.written or "(nothing yet: this is the first part)",
            "part": request.chunk,
        }
        sample = request.rng.getrandbits(31)
        return Asked(self._prompt, self._prompt.render(words, data), sample=sample)

    async def rewrite(self, request: RewriteRequest) -> str:
        """See `factory.rephrase.author.Rewriter`. A part whose answer reaches the length limit is
        written in two halves, the second after the first; one sentence gets more room instead."""
        middle = border(request)
        try:
            answer = await self._asker.ask(self.asked(request), divisible=middle is not None)
            return str(answer["text"])
        except AnswerCutOff:
            if middle is None:
                raise
        first = await self.rewrite(replace(request, end=middle))
        written = SEPARATOR.join(filter(None, (request.written, first)))
        second = await self.rewrite(replace(request, start=middle, written=written))
        return SEPARATOR.join((first, second))


def border(request: RewriteRequest) -> int | None:
    """Where in the excerpt a sentence of the part ends next to its middle; None if it has one."""
    chunk = request.chunk
    ends = [s.start for s in segment(chunk)[1:]]
    if not ends:
        return None
    return request.start + min(ends, key=lambda end: abs(end - len(chunk) / 2))


class LlmTranslator:
    """Author of role `translator`."""

    asks = "translate"

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._prompt = load_prompt("translator")
        self.label = f"{asker.label}+{self._prompt.name}"

    def asked(self, text: str, language: str) -> Asked | None:
        """What is sent; None where there is nothing to translate."""
        if language == "en" or not text.strip():
            return None
        words = {"language": f"the language with ISO 639-1 code {language[:3]}"}
        return Asked(self._prompt, self._prompt.render(words, {"text": text}))

    async def translate(self, text: str, language: str) -> Translation:
        """See `factory.rephrase.author.Translator`."""
        asked = self.asked(text, language)
        if asked is None:
            return Translation(text)
        answer = await self._asker.ask(asked)
        return Translation(str(answer["text"]))
