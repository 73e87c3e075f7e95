"""`factory train`'s jobs from the command line to their answers; sampling; tool-call scores."""

from __future__ import annotations

import json
import random

import pytest
import torch

from factory.cli import main
from factory.train.data.chat import render
from factory.train.model.transformer import build_model
from factory.train.run import pretrain
from factory.train.sample import generate, parse_calls, prompt_tokens
from factory.train.settings import ModelSettings, PretrainSettings
from factory.train.tool_calls import Question, questions, score_tool_calls


@pytest.fixture(scope="module")
def run(corpus, tokenizer_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = PretrainSettings(
        model=ModelSettings(overrides=sizes), steps=8, warmup_steps=1, decay_steps=2, batch_size=2
    )
    pretrain(config, [corpus], out, tokenizer=tokenizer_folder)
    return out


def test_count_prints_total_active_memory_and_flops(capsys):
    assert main(["train", "count", "kimi-k2"]) == 0
    out = capsys.readouterr().out
    for figure in ("1,026,408,232,448", "32,861,500,928", "GiB", "GFLOP per token"):
        assert figure in out
    assert main(["train", "count", "kimi-k9"]) == 2
    assert "moonlight-16b-a3b" in capsys.readouterr().err


def test_eval_sample_and_export_of_a_run(run, corpus, tokenizer_folder, tmp_path, capsys):
    start = ["--init", str(run), "--tokenizer", str(tokenizer_folder)]
    assert main(["train", "eval", *start, "--data", str(corpus)]) == 0
    of_run = capsys.readouterr().out
    assert "nats over" in of_run
    assert main(["train", "sample", *start, "--text", "The loom", "--tokens", "5"]) == 0
    said = capsys.readouterr().out
    assert said.strip()
    assert main(["train", "export", *start, "--out", str(tmp_path / "hf")]) == 0
    capsys.readouterr()
    # The exported folder is a start like any other, with the same loss and the same words.
    start = ["--init", str(tmp_path / "hf"), "--tokenizer", str(tokenizer_folder)]
    assert main(["train", "eval", *start, "--data", str(corpus)]) == 0
    assert capsys.readouterr().out == of_run
    assert main(["train", "sample", *start, "--text", "The loom", "--tokens", "5"]) == 0
    assert capsys.readouterr().out == said


def test_resume_never_refuses_a_folder_with_a_run(run, corpus, tokenizer_folder, capsys):
    given = ["--data", str(corpus), "--tokenizer", str(tokenizer_folder), "--out", str(run)]
    assert main(["train", "pretrain", *given, "--resume", "never"]) == 2
    assert "--resume auto" in capsys.readouterr().err


def test_chat_file_is_answered_or_refused(run, tokenizer_folder, tool, tmp_path, capsys):
    start = ["--init", str(run), "--tokenizer", str(tokenizer_folder), "--tokens", "4"]
    chat = {"messages": [{"role": "user", "content": "Any room?"}], "tools": [tool]}
    (tmp_path / "chat.json").write_text(json.dumps(chat))
    assert main(["train", "sample", *start, "--chat", str(tmp_path / "chat.json")]) == 0
    (tmp_path / "chat.json").write_text("[]")
    assert main(["train", "sample", *start, "--chat", str(tmp_path / "chat.json")]) == 2
    assert "messages" in capsys.readouterr().err


class Parrot(torch.nn.Module):
    """A model that says what it was told to, whatever the prompt."""

    def __init__(self, prompt, words, vocab_size):
        super().__init__()
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.start, self.words, self.vocab_size = len(prompt), words, vocab_size

    def forward(self, tokens_BT, selected_X):
        logits = torch.zeros(len(selected_X), self.vocab_size)
        for row, place in zip(logits, selected_X.tolist(), strict=True):
            row[self.words[place + 1 - self.start]] = 9.0
        return type("Output", (), {"logits": logits})


def test_greedy_generation_stops_at_a_stop_token_and_draws_repeat(tokenizer):
    words = [40, 41, tokenizer.special("<|im_end|>"), 42]
    parrot = Parrot([1, 2], words, tokenizer.vocab_size)
    assert generate(parrot, [1, 2], stops=[words[2]], max_tokens=9) == words[:3]
    assert generate(parrot, [1, 2], stops=[], max_tokens=2) == words[:2]
    drawn = [
        generate(parrot, [1, 2], stops=[], max_tokens=4, temperature=50.0, seed=s)
        for s in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_draft_changes_the_passes_and_not_the_answer(tiny):
    model = build_model(tiny(initializer_range=0.3), seed=0).eval()
    prompt, end = [5, 6, 7], {"stops": [], "max_tokens": 12}
    plain = generate(model, prompt, **end)
    wrong = [(token + (place in (3, 4)) * 40) % 96 for place, token in enumerate(plain)]
    passes = []
    model.register_forward_pre_hook(lambda *_: passes.append(1))
    for draft, most in ((plain, 2), (wrong, 4), (wrong[:5], 9), ([1] * 40, 12)):
        passes.clear()
        assert generate(model, prompt, draft=draft, **end) == plain
        assert len(passes) <= most
    stop = {"stops": [plain[4]], "max_tokens": 12}
    assert generate(model, prompt, draft=plain, **stop) == generate(model, prompt, **stop)


@pytest.mark.parametrize(
    ("arguments", "name", "right", "valid"),
    [
        ('{"length_m": 12}', "find_berth", 1.0, 1.0),
        ('{"length_m": "twelve"}', "find_berth", 1.0, 0.0),
        ("{}", "find_berth", 1.0, 0.0),
        ("{not json", "find_berth", 1.0, 0.0),
        ('{"length_m": 12}', "find_boat", 0.0, 0.0),
    ],
)
def test_tool_call_is_scored_by_name_and_schema(tokenizer, tool, arguments, name, right, valid):
    asked = Question([{"role": "user", "content": "Room for 12 m?"}], [tool], ["find_berth"])
    prompt = prompt_tokens(tokenizer, asked.messages, asked.tools)
    call = {"id": f"functions.{name}:0", "function": {"name": name, "arguments": arguments}}
    said = [*asked.messages, {"role": "assistant", "content": "", "tool_calls": [call]}]
    words = render(said, [tool], tokenizer).tokens[len(prompt) :]
    parrot = Parrot(prompt, words, tokenizer.vocab_size)
    score = score_tool_calls(parrot, tokenizer, [asked], max_tokens=80)
    assert (score.asked, score.called, score.right_tool, score.valid) == (1, 1.0, right, valid)


def test_arguments_are_right_only_if_they_are_those_expected(tokenizer, tool, make_conversation):
    messages = make_conversation(random.Random(0), 1)
    (asked,) = questions([{"messages": messages, "tools": [tool]}])
    for change, right in ((0, 1.0), (1, 0.0)):
        said = json.loads(json.dumps(messages[:3]))
        said[2]["tool_calls"][0]["function"]["arguments"]["length_m"] += change
        prompt = prompt_tokens(tokenizer, asked.messages, asked.tools)
        words = render(said, [tool], tokenizer).tokens[len(prompt) :]
        parrot = Parrot(prompt, [*words, 0], tokenizer.vocab_size)
        score = score_tool_calls(parrot, tokenizer, [asked], max_tokens=80)
        assert (score.valid, score.right_arguments) == (1.0, right)


def test_questions_are_the_calls_to_be_learnt(make_conversation, tool):
    messages = make_conversation(random.Random(0), 2)
    row = {"messages": messages, "tools": [tool]}
    asked = list(questions([row]))
    assert [question.is_first for question in asked] == [True, False]
    assert [len(question.messages) for question in asked] == [2, 6]
    messages[2]["train"] = False
    assert [len(question.messages) for question in questions([row])] == [6]


def test_calls_are_parsed_out_of_an_answer():
    text = (
        "Well. <|tool_calls_section_begin|><|tool_call_begin|>functions.a_b:3"
        '<|tool_call_argument_begin|>{"x": [1]}<|tool_call_end|><|tool_call_begin|>functions.c:4'
        "<|tool_call_argument_begin|>{<|tool_call_end|>"
    )
    assert parse_calls(text) == [("a_b", {"x": [1]}), ("c", None)]
    assert parse_calls("No call at all.") == []
