"""Models as rewriter and translator. What they return is checked by the stage like any author's."""

from __future__ import annotations

from factory.llm.asker import Asker
from factory.llm.prompt import Asked, load_prompt
from factory.rephrase.author import RewriteRequest, Translation


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
        """See `factory.rephrase.author.Rewriter`."""
        answer = await self._asker.ask(self.asked(request))
        return str(answer["text"])


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
