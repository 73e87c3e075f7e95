"""Asks a model on behalf of one record and gives back an answer that satisfies its schema.

An answer that doesn't is sent back with what is wrong with it, a bounded number of times; then
the record is rejected with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from factory.llm.client import CHARS_PER_TOKEN, Client, Errand
from factory.llm.delimit import block, restore
from factory.llm.errors import AnswerCutOff, ModelFailed
from factory.llm.prompt import Asked
from factory.llm.request import Answer, Request, Tag
from factory.llm.structured import (
    AnswerProblem,
    parse_json,
    problems,
    tagged,
    without_thought,
)

ECHOED_CHARS = 6000
"""How much of a bad answer is shown to its author again."""
Check = Callable[[Any], str | None]


class Asker:
    """One role's way to one model, for one record."""

    def __init__(self, client: Client, model: str, errand: Errand) -> None:
        self.client = client
        self.model = model
        self.errand = errand

    @property
    def label(self) -> str:
        """Who answers, for a record's lineage."""
        return f"llm:{self.client.models[self.model].name}"

    def request(self, asked: Asked, max_tokens: int | None = None) -> Request:
        """Exactly what is asked for, as OpenAI's API words it."""
        model = self.client.models[self.model]
        payload: dict[str, Any] = {
            **model.extra,
            "messages": list(asked.messages),
            "temperature": model.temperature,
            "max_tokens": max_tokens or self.room(asked),
        }
        if model.top_p is not None:
            payload["top_p"] = model.top_p
        if asked.tools:
            payload["tools"] = list(asked.tools)
        if asked.prompt.answer == "json":
            payload["response_format"] = asked.prompt.response_format
        sample = asked.sample if model.temperature > 0 else 0
        return Request(model.name, model.revision, payload, sample)

    def room(self, asked: Asked) -> int:
        """Tokens that an answer may take: the model's, or more where the role needs more."""
        return max(self.client.models[self.model].max_tokens, asked.prompt.answer_tokens)

    async def ask(
        self, asked: Asked, check: Check | None = None, *, divisible: bool = False
    ) -> Any:
        """The answer as its prompt's schema has it. `check` says what else is wrong with one. One
        that reached its length limit gets twice the room, unless what is asked for is `divisible`.

        Raises ModelFailed (`llm_invalid_answer`, `llm_deadline`, ...; AnswerCutOff if divisible)
        and RunStopped.
        """
        errand = Errand(
            Tag(
                self.errand.tag.stage,
                asked.prompt.role,
                self.errand.tag.record,
                asked.prompt.name,
            ),
            self.errand.deadline,
            self.errand.tally,
        )
        max_tokens = self.room(asked)
        messages = list(asked.messages)
        wrong = ""
        for turn in range(self.client.settings.repairs + 1):
            if turn:
                errand.tally.add(asked.prompt.role, self.model, "repaired")
            current = Asked(asked.prompt, messages, asked.tools, asked.sample + turn)
            answer = await self.client.complete(
                self.model, self.request(current, max_tokens), errand
            )
            try:
                return read(asked, answer, check)
            except AnswerProblem as problem:
                wrong = str(problem)
            if answer.finish_reason == "length":
                if divisible:
                    raise AnswerCutOff("llm_cut_off", f"{asked.prompt.name}: {wrong}")
                max_tokens = 2 * self.room(asked)
                wrong = f"the answer was cut off at its length limit; {wrong}"
            messages = [*asked.messages, *_sent_back(answer, wrong)]
        raise ModelFailed("llm_invalid_answer", f"{asked.prompt.name}: {wrong}")

    def count_unsent(self, asked: Asked, answered_chars: int) -> None:
        """Count a request of a dry run, with tokens estimated from its characters."""
        request = self.request(asked)
        chars = sum(len(message.get("content") or "") for message in asked.messages)
        chars += sum(len(str(tool)) for tool in asked.tools)
        add, role = self.errand.tally.add, asked.prompt.role
        add(role, self.model, "asked")
        if self.client.first_of(request.key):
            add(role, self.model, "sent")
            add(role, self.model, "prompt_tokens", chars // CHARS_PER_TOKEN + 8)
            add(
                role,
                self.model,
                "completion_tokens",
                answered_chars // CHARS_PER_TOKEN + asked.prompt.overhead_tokens,
            )

    def count_unsent_texts(self, role: str, texts: Sequence[str]) -> None:
        """Count the embeddings requests of a dry run, with tokens estimated from characters."""
        add = self.errand.tally.add
        for request in self.client.to_embed(self.model, texts):
            add(role, self.model, "asked")
            if self.client.first_of(request.key):
                chars = sum(map(len, request.payload["input"]))
                add(role, self.model, "sent")
                add(role, self.model, "prompt_tokens", chars // CHARS_PER_TOKEN)


def read(asked: Asked, answer: Answer, check: Check | None) -> Any:
    """The value of an answer, validated. Raises AnswerProblem."""
    if answer.finish_reason == "content_filter":
        raise ModelFailed("llm_filtered", f"{asked.prompt.name}: the endpoint withheld the answer")
    prompt = asked.prompt
    value: Any
    if prompt.answer == "json":
        value = _restored(parse_json(answer.text))
    elif prompt.answer == "text":
        value = {"text": restore(tagged(answer.text, prompt.tag))}
    else:
        value = _chat_turn(answer)
    if answer.finish_reason == "length" and prompt.answer != "json":
        raise AnswerProblem("say the same in fewer words")
    found = problems(prompt.checker, value)
    if found:
        raise AnswerProblem("; ".join(found))
    remark = check(value) if check else None
    if remark:
        raise AnswerProblem(remark)
    return value


def _chat_turn(answer: Answer) -> dict[str, Any]:
    calls = []
    for call in answer.message.get("tool_calls") or []:
        function = call.get("function") or {}
        arguments = function.get("arguments")
        if not isinstance(arguments, Mapping):
            arguments = parse_json(arguments or "{}")
        calls.append({"name": function.get("name"), "arguments": dict(arguments)})
    return {"text": restore(without_thought(answer.text)), "calls": calls}


def _restored(value: Any) -> Any:
    if isinstance(value, str):
        return restore(value)
    if isinstance(value, dict):
        return {key: _restored(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_restored(item) for item in value]
    return value


def _sent_back(answer: Answer, wrong: str) -> list[dict[str, Any]]:
    """The turns that ask for the answer again."""
    text = answer.text
    if answer.message.get("tool_calls"):
        text = f"{text}\n{answer.message['tool_calls']}"
    if len(text) > ECHOED_CHARS:
        text = f"{text[:ECHOED_CHARS]} …"
    return [
        {"role": "assistant", "content": text or "(nothing)"},
        {
            "role": "user",
            "content": "That answer can't be used. What is wrong with it:\n"
            + block("problem", wrong)
            + "\nGive the whole answer again, corrected, in the form asked for at the start.",
        },
    ]
