"""An export behind `transformers serve`, asked by the factory's own client; answers read back."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from factory.llm.client import Client, Errand
from factory.llm.journal import Journal
from factory.llm.probe import preflight
from factory.llm.request import Request, Tag
from factory.llm.settings import EndpointSettings, LlmSettings
from factory.llm.settings import ModelSettings as ServedModel
from factory.train.data.chat import render
from factory.train.export import export_checkpoint
from factory.train.run import pretrain, sft
from factory.train.settings import ModelSettings, PretrainSettings, SftSettings

from .conftest import TOOL, conversation, write_dataset


def answers(tokenizer):
    """Two answers of a rendered conversation, as a model would write them: call, then words."""
    messages = conversation(random.Random(1), 2)
    rendered = render(messages, [TOOL], tokenizer)
    for index in (6, 8):
        start, end = rendered.borders[index - 1], rendered.borders[index]
        piece = rendered.tokens[start:end]
        head = piece.index(tokenizer.special("<|im_middle|>")) + 1
        prefix = tokenizer.decode([*rendered.tokens[:start], *piece[:head]])
        yield messages[index], prefix, tokenizer.decode(piece[head:])


def test_transformers_reads_content_and_calls_back_out_of_an_answer(tokenizer, tokenizer_folder):
    from transformers import AutoTokenizer

    reader = AutoTokenizer.from_pretrained(tokenizer_folder)
    for message, prefix, text in answers(tokenizer):
        parsed = reader.parse_response(text, prefix=prefix)
        assert parsed.get("content", "") == message["content"]
        called = [call["function"] for call in message.get("tool_calls", ())]
        assert [call["function"] for call in parsed.get("tool_calls", ())] == called


def test_broken_arguments_reach_the_client_as_text(tokenizer_folder):
    from transformers import AutoTokenizer

    reader = AutoTokenizer.from_pretrained(tokenizer_folder)
    text = (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.a_b:0"
        '<|tool_call_argument_begin|>{"x": <|tool_call_end|><|tool_calls_section_end|><|im_end|>'
    )
    (call,) = reader.parse_response(text, prefix="<|im_assistant|>assistant<|im_middle|>")[
        "tool_calls"
    ]
    assert call["function"] == {"name": "a_b", "arguments": '{"x":'}


# One conversation by heart: the server must give it back word for word.
LEARNT = [{**m, "name": None} for m in conversation(random.Random(5), 1)]


@pytest.fixture(scope="module")
def folder(tokenizer_folder, tmp_path_factory):
    """An export of a tiny model that knows one conversation by heart."""
    base = tmp_path_factory.mktemp("served")
    body = {"messages": LEARNT, "tools": [TOOL], "trajectory_id": "0" * 32, "task_id": "0" * 32}
    body |= {"skill": "expert", "num_turns": len(LEARNT), "num_tool_calls": 1}
    write_dataset(base / "data" / "sft", "sft", [{**body, "source_id": "0" * 32}], parts=1)
    text = {"text": "The loom.", "source_id": "1" * 32, "style": "x", "subject": "knowledge"}
    text |= {"language": "en", "licence": "CC0-1.0"}
    write_dataset(base / "data" / "pretrain", "pretrain", [text], parts=1)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    one = {"steps": 1, "warmup_steps": 0, "decay_steps": 0, "sequence_length": 16}
    start = PretrainSettings(model=ModelSettings(overrides=sizes), batch_size=1, **one)
    pretrain(start, [base / "data"], base / "start", tokenizer=tokenizer_folder)
    heart = SftSettings(steps=60, warmup_steps=4, decay_steps=20, sequence_length=512)
    tuned = sft(
        heart, [base / "data"], base / "sft", tokenizer=tokenizer_folder, init=base / "start"
    )
    assert tuned.summary["last_loss"] < 0.05
    return export_checkpoint(tuned.checkpoint, base / "export", tokenizer=tokenizer_folder)


@pytest.fixture(scope="module")
def url(folder):
    """`transformers serve` on a free port, offline, on the CPU."""
    pytest.importorskip("fastapi")
    pytest.importorskip("accelerate")
    with socket.socket() as found:
        found.bind(("localhost", 0))
        port = found.getsockname()[1]
    program = Path(sys.executable).with_name("transformers")
    command = [program, "serve", str(folder), "--device", "cpu", "--port", str(port)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    log = (folder / "serve.log").open("w+")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(600):
            assert server.poll() is None, (folder / "serve.log").read_text()[-2000:]
            try:
                with urllib.request.urlopen(f"http://localhost:{port}/health", timeout=1):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        yield f"http://localhost:{port}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def client_of(folder, url, journal):
    served = ServedModel(
        name=str(folder), endpoints=(EndpointSettings(url=url, key="NO_KEY"),), temperature=0.0
    )
    limits = LlmSettings(request_seconds=60, record_seconds=120)
    return Client({"m": served}, limits, Journal(str(journal), "run"))


@pytest.mark.slow
def test_served_export_answers_our_client_with_the_tool_call_it_learnt(folder, url, tmp_path):
    async def ask(messages):
        client = client_of(folder, url, tmp_path / "journal")
        try:
            payload = {"messages": messages, "tools": [TOOL], "max_tokens": 80}
            who = Errand(Tag("stage", "agent", "r"), asyncio.get_running_loop().time() + 120)
            return await client.complete("m", Request(str(folder), "", payload), who)
        finally:
            await client.close()

    plain = [{k: v for k, v in m.items() if k != "train" and v is not None} for m in LEARNT]
    answer = asyncio.run(ask(plain[:2]))
    assert answer.finish_reason == "tool_calls"
    (call,) = answer.message["tool_calls"]
    expected = plain[2]["tool_calls"][0]["function"]
    assert call["function"]["name"] == expected["name"]
    assert json.loads(call["function"]["arguments"]) == expected["arguments"]
    # The result goes back under the call's own id, and the words that follow come as content.
    asked = [{**c, "function": {**c["function"]}} for c in plain[2]["tool_calls"]]
    for one in asked:
        one["function"]["arguments"] = json.dumps(one["function"]["arguments"], ensure_ascii=False)
    second = asyncio.run(ask([*plain[:2], {**plain[2], "tool_calls": asked}, plain[3]]))
    assert second.finish_reason == "stop"
    assert second.text == plain[4]["content"]
    assert not second.message.get("tool_calls")


@pytest.mark.slow
def test_served_export_passes_the_probe_of_a_run(folder, url, tmp_path):
    client = client_of(folder, url, tmp_path / "journal")
    (line,) = asyncio.run(preflight(client.models, str(tmp_path)))
    assert str(folder) in line
