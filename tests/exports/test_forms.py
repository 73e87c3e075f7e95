"""Each form says what the row says: read back by a parser that is not the writer's."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from factory.cli import main
from factory.exports import FORMS, Left
from factory.exports.writer import write
from tests.exports.sft_rows import sft_rows


def exported(form: str, folder: Path) -> dict[str, list[dict[str, Any]]]:
    module = import_module(f"factory.exports.{form}")
    write(sft_rows(), module.lines, module.FILES, str(folder))
    return {
        name: [json.loads(line) for line in (folder / name).read_text().splitlines()]
        for name in module.FILES
    }


def calls_of(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [
        (call["function"]["name"], call["function"]["arguments"])
        for message in row["messages"]
        for call in message.get("tool_calls") or ()
    ]


def masked(row: Mapping[str, Any]) -> bool:
    return any(m["role"] == "assistant" and m.get("train") is False for m in row["messages"])


@pytest.mark.parametrize("form", FORMS)
def test_every_row_is_written_or_counted(tmp_path: Path, form: str) -> None:
    module = import_module(f"factory.exports.{form}")
    written, left = write(sft_rows(), module.lines, module.FILES, str(tmp_path))
    questions = [name for name in module.FILES if "answer" not in name]
    assert sum(written[name] for name in questions) + sum(left.values()) == len(sft_rows())
    assert not list(tmp_path.glob(".*"))


def test_openai_rows_have_string_arguments_short_ids_and_weights(tmp_path: Path) -> None:
    lines = exported("openai", tmp_path)["openai.jsonl"]
    assert len(lines) > 100
    for line, row in zip(lines, sft_rows(), strict=True):
        asked: list[str] = []
        made = []
        for message, source in zip(line["messages"], row["messages"], strict=True):
            assert message["role"] == source["role"]
            if message["role"] == "tool":
                assert message["tool_call_id"] == asked.pop(0)
            if message["role"] == "assistant":
                assert message["weight"] == int(source["train"])
                assert message["content"] or message["tool_calls"]
            for call in message.get("tool_calls") or ():
                assert re.fullmatch(r"[\w-]{1,40}", call["id"])
                asked.append(call["id"])
                made.append((call["function"]["name"], json.loads(call["function"]["arguments"])))
        assert made == calls_of(row)
        assert all(len(t["function"]["description"]) <= 1024 for t in line.get("tools", ()))


def test_sharegpt_rows_keep_the_strict_turns_that_llama_factory_asks_for(tmp_path: Path) -> None:
    """Its rule: user or observation, then answer or call, in turn, ending on the second side; a
    row that breaks it is skipped without a word."""
    sources = [row for row in sft_rows() if not masked(row)]
    lines = exported("sharegpt", tmp_path)["sharegpt.jsonl"]
    assert len(lines) == len(sources) > 50
    for line, row in zip(lines, sources, strict=True):
        turns = line["conversations"]
        assert len(turns) % 2 == 0
        assert {turn["from"] for turn in turns[0::2]} <= {"human", "observation"}
        assert {turn["from"] for turn in turns[1::2]} <= {"gpt", "function_call"}
        assert turns[-1]["from"] == "gpt"
        made: list[tuple[str, Any]] = []
        for turn in turns:
            if turn["from"] == "function_call":
                value = json.loads(turn["value"])
                value = value if isinstance(value, list) else [value]
                made += [(call["name"], call["arguments"]) for call in value]
        assert made == calls_of(row)
        names = [tool["name"] for tool in json.loads(line["tools"])]
        assert names == [tool["function"]["name"] for tool in row["tools"]]


def test_bfcl_calls_are_python_that_says_the_same(tmp_path: Path) -> None:
    files = exported("bfcl", tmp_path)
    rows = {row["id"]: row for row in sft_rows()}
    questions = {line["id"]: line for line in files["bfcl_multi_turn.jsonl"]}
    seen = 0
    for answer in files["bfcl_multi_turn_answer.jsonl"]:
        made = calls_of(rows[answer["id"]])
        assert len(questions[answer["id"]]["question"]) == len(answer["ground_truth"])
        for text in (call for turn in answer["ground_truth"] for call in turn):
            parsed = ast.parse(text, mode="eval").body
            assert isinstance(parsed, ast.Call) and isinstance(parsed.func, ast.Name)
            arguments = {k.arg: ast.literal_eval(k.value) for k in parsed.keywords}
            assert (parsed.func.id, arguments) in made
            seen += 1
    assert seen > 100


def test_bfcl_single_questions_pass_a_checker_of_our_own(tmp_path: Path) -> None:
    """The rule of its AST checker: every value given is among those acceptable, key by key."""
    files = exported("bfcl", tmp_path)
    rows = {row["id"]: row for row in sft_rows()}
    answers = {line["id"]: line["ground_truth"] for line in files["bfcl_single_answer.jsonl"]}
    assert len(answers) > 10
    for question in files["bfcl_single.jsonl"]:
        truth = answers[question["id"]]
        made = calls_of(rows[question["id"]])
        documented = {function["name"]: function for function in question["function"]}
        for (name, arguments), acceptable in zip(made[-len(truth) :], truth, strict=True):
            assert list(acceptable) == [name]
            assert matches(arguments, acceptable[name])
            for key, schema in documented[name]["parameters"]["properties"].items():
                assert schema.get("type") not in ("number", "object"), key


def matches(value: Any, acceptable: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == acceptable.keys() and all(
            any(matches(item, option) for option in acceptable[key]) for key, item in value.items()
        )
    if isinstance(value, list):
        return all(matches(a, b) for a, b in zip(value, acceptable, strict=True))
    return bool(value == acceptable)


K2_CALL = re.compile(
    r"<\|tool_call_begin\|>\s*(?P<id>[\w.]+:\d+)\s*<\|tool_call_argument_begin\|>\s*(?P<args>.*?)"
    r"\s*<\|tool_call_end\|>",
    re.DOTALL,
)
"""How servers of Kimi K2 find the calls in its text."""


def test_kimi_text_is_read_by_a_k2_parser_and_its_spans_are_the_assistants(tmp_path: Path) -> None:
    lines = exported("kimi_k2", tmp_path)["kimi_k2.jsonl"]
    for line, row in zip(lines, sft_rows(), strict=True):
        found = [
            (m["id"].split(".")[1].split(":")[0], json.loads(m["args"]))
            for m in K2_CALL.finditer(line["text"])
        ]
        assert found == calls_of(row)
        said = [line["text"][start:end] for start, end in line["trained"]]
        learned = [m for m in row["messages"] if m["role"] == "assistant" and m["train"]]
        assert len(said) == len(learned)
        for text, message in zip(said, learned, strict=True):
            assert text.startswith(message["content"]) and text.endswith("<|im_end|>")


def test_kimi_text_is_what_the_exported_chat_template_renders(tmp_path: Path) -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    from factory.train.data.chat_template import CHAT_TEMPLATE

    lines = exported("kimi_k2", tmp_path)["kimi_k2.jsonl"]
    for line, row in list(zip(lines, sft_rows(), strict=True))[:60]:
        rendered, spans = render_jinja_template(
            conversations=[row["messages"]],
            tools=row["tools"] or None,
            chat_template=CHAT_TEMPLATE,
            return_assistant_tokens_mask=True,
        )
        assert rendered == [line["text"]]
        assert [list(span) for span in spans[0]] == line["trained"]


def test_a_row_with_nothing_to_learn_is_left_out_of_fine_tuning() -> None:
    from factory.exports.openai import lines

    row = {
        "messages": [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "No.", "train": False},
        ],
        "tools": [],
    }
    assert lines(row) == Left("nothing_to_learn")


def test_the_command_needs_a_run_with_conversations(tmp_path: Path, capsys: Any) -> None:
    command = ["export", str(tmp_path), "--form", "openai", "--out", str(tmp_path / "x")]
    assert main(command) == 2
    assert "sft" in capsys.readouterr().err
