"""Does a model call the right tool with arguments that fit its schema? Answered by generating."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator

from factory.records import Record
from factory.train.data.chat import Message, render
from factory.train.data.tokenizer import ChatTokenizer
from factory.train.model.transformer import Transformer
from factory.train.sample import generate, parse_calls, prompt_tokens


class Question(NamedTuple):
    """A conversation up to an assistant message that calls tools, and the answer it had.

    expected: names of the tools called; answer: the message itself, where it is known.
    """

    messages: Sequence[Message]
    tools: Sequence[Any]
    expected: list[str]
    answer: Message | None = None

    @property
    def is_first(self) -> bool:
        """Whether the assistant has said nothing yet."""
        return all(message["role"] != "assistant" for message in self.messages)


@dataclass
class ToolCallScore:
    """Of `asked` places where a tool must be called: the share that meets each demand.

    called: with any call at all. right_tool: the first call names the right tool. valid: that, and
    its arguments fit the tool's JSON Schema. right_arguments: that, and they are those expected.
    """

    asked: int = 0
    called: float = 0.0
    right_tool: float = 0.0
    valid: float = 0.0
    right_arguments: float = 0.0


def questions(rows: Iterable[Record]) -> Iterator[Question]:
    """Each assistant message of `sft` rows that calls a tool and is to be learnt."""
    for row in rows:
        for place, message in enumerate(row["messages"]):
            calls = message.get("tool_calls")
            if message["role"] == "assistant" and calls and message.get("train") is not False:
                names = [call["function"]["name"] for call in calls]
                yield Question(row["messages"][:place], row["tools"], names, message)


def score_tool_calls(
    model: Transformer,
    tokenizer: ChatTokenizer,
    asked: Sequence[Question],
    *,
    max_tokens: int,
) -> ToolCallScore:
    """Greedy answers, up to the end of the first call, compared with what was asked for."""
    stops = [tokenizer.special(name) for name in ("<|im_end|>", "<|tool_call_end|>")]
    called = right = valid = same = 0
    for question in asked:
        prompt = prompt_tokens(tokenizer, question.messages, question.tools)
        draft = _answer_tokens(question, tokenizer, len(prompt))
        tokens = generate(model, prompt, stops=stops, max_tokens=max_tokens, draft=draft)
        calls = parse_calls(tokenizer.decode(tokens))
        if not calls:
            continue
        name, arguments = calls[0]
        named = name == question.expected[0]
        fits = named and _fits(arguments, name, question.tools)
        called, right, valid = called + 1, right + named, valid + fits
        same += fits and arguments == _expected_arguments(question)
    count = max(1, len(asked))
    shares = (found / count for found in (called, right, valid, same))
    return ToolCallScore(len(asked), *shares)


def _answer_tokens(question: Question, tokenizer: ChatTokenizer, start: int) -> list[int]:
    """The expected answer: what `generate` tries first, which changes its speed alone."""
    if question.answer is None:
        return []
    whole = [*question.messages, question.answer]
    return render(whole, question.tools, tokenizer).tokens[start:]


def _expected_arguments(question: Question) -> Any:
    if question.answer is None:
        return None
    return question.answer["tool_calls"][0]["function"]["arguments"]


def _fits(arguments: Any, name: str, tools: Sequence[Any]) -> bool:
    schemas = [t["function"]["parameters"] for t in tools if t["function"]["name"] == name]
    if not schemas or not isinstance(arguments, dict):
        return False
    return bool(Draft202012Validator(schemas[0]).is_valid(arguments))
