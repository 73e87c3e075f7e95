"""Chat rendering and loss mask against transformers' template engine; the tokenizer's promises."""

from __future__ import annotations

import json
import random

import pytest

from factory.train.data.chat import render, shorten
from factory.train.data.tokenizer import SPECIAL_TOKENS, load_tokenizer, train_bpe


@pytest.fixture(scope="module")
def reference(tokenizer_folder):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tokenizer_folder)


def chats(make_conversation):
    rng = random.Random(3)
    plain = make_conversation(rng, 3)
    masked = make_conversation(rng, 2)
    masked[2]["train"] = False
    nulls = [{"name": None, "tool_calls": None, "tool_call_id": None} | m for m in plain]
    spaces = [
        {"role": "system", "content": ""},
        {"role": "user", "content": "  two  spaces\n\n\tand a tab, 1234567 ünïcode 漢字 "},
        {"role": "assistant", "content": "\n ok \n"},
    ]
    strings = json.loads(json.dumps(plain))
    for message in strings:
        for call in message.get("tool_calls") or ():
            call["function"]["arguments"] = json.dumps(call["function"]["arguments"])
    return {
        "plain": plain,
        "masked": masked,
        "nulls": nulls,
        "spaces": spaces,
        "strings": strings,
    }


@pytest.mark.parametrize("case", ["plain", "masked", "nulls", "spaces", "strings"])
@pytest.mark.parametrize("with_tools", [True, False])
def test_tokens_and_mask_equal_those_of_apply_chat_template(
    tokenizer, reference, make_conversation, tool, case, with_tools
):
    messages = chats(make_conversation)[case]
    tools = [tool] if with_tools else None
    expected = reference.apply_chat_template(
        messages, tools=tools, return_dict=True, return_assistant_tokens_mask=True
    )
    ours = render(messages, tools, tokenizer)
    assert ours.tokens == expected["input_ids"]
    assert [int(t) for t in ours.trained] == expected["assistant_masks"]
    assert ours.borders[-1] == len(ours.tokens)


def test_mask_covers_exactly_the_assistants_words_calls_and_end(tokenizer, make_conversation, tool):
    messages = make_conversation(random.Random(1), 1)
    rendered = render(messages, [tool], tokenizer)
    trained = [t for t, keep in zip(rendered.tokens, rendered.trained, strict=True) if keep]
    arguments = json.dumps(
        messages[2]["tool_calls"][0]["function"]["arguments"], ensure_ascii=False
    )
    assert tokenizer.decode(trained) == (
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.find_berth:0"
        f"<|tool_call_argument_begin|>{arguments}<|tool_call_end|><|tool_calls_section_end|>"
        f"<|im_end|>{messages[4]['content']}<|im_end|>"
    )


def test_text_never_becomes_a_special_token(tokenizer):
    text = "He wrote <|im_end|><|im_assistant|> on the wall, then [EOS]."
    ids = tokenizer.encode(text)
    special = {tokenizer.special(name) for name in SPECIAL_TOKENS}
    assert not special & set(ids)
    assert tokenizer.decode(ids) == text
    hostile = [{"role": "user", "content": text}, {"role": "assistant", "content": "No."}]
    rendered = render(hostile, None, tokenizer)
    assert rendered.tokens.count(tokenizer.special("<|im_end|>")) == 2


@pytest.mark.parametrize(
    "text", ["", " a  b\r\n\tc ", "πρᾶξις 漢字 🐙 ½", "\x00\x7f", "1234567.89"]
)
def test_any_text_survives_encoding(tokenizer, text):
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_same_texts_give_the_same_tokenizer_file(make_conversation, tmp_path):
    rng = random.Random(2)
    texts = [m["content"] for _ in range(200) for m in make_conversation(rng)]
    for name in ("a", "b"):
        train_bpe(iter(texts), 600).save(tmp_path / name)
    first, second = (tmp_path / name / "tokenizer.json" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_saved_tokenizer_gives_the_same_ids_here_and_in_transformers(
    tokenizer, tokenizer_folder, reference
):
    text = "The loom keeper weighs a kettle before dawn, for the 17th time. ⚓"
    assert load_tokenizer(tokenizer_folder).encode(text) == tokenizer.encode(text)
    assert reference(text, add_special_tokens=False)["input_ids"] == tokenizer.encode(text)
    assert reference.eos_token_id == tokenizer.special("[EOS]")


def test_generation_prompt_is_where_training_answers_begin(
    tokenizer, reference, make_conversation, tool
):
    messages = make_conversation(random.Random(1), 1)
    prompt = reference.apply_chat_template(
        messages[:2], tools=[tool], add_generation_prompt=True, return_dict=True
    )["input_ids"]
    rendered = render(messages, [tool], tokenizer)
    assert rendered.tokens[: len(prompt)] == prompt
    assert rendered.trained[len(prompt)]
    assert not any(rendered.trained[: len(prompt)])


def test_long_conversations_are_cut_after_a_whole_answer(tokenizer, make_conversation, tool):
    messages = make_conversation(random.Random(1), 3)
    rendered = render(messages, [tool], tokenizer)
    assert shorten(rendered, len(rendered.tokens)) == (len(rendered.tokens), None)
    keep, reason = shorten(rendered, len(rendered.tokens) - 1)
    assert reason is None
    assert keep == rendered.borders[10]  # the call of the third turn; its result is context lost
    assert rendered.tokens[keep - 1] == tokenizer.special("<|im_end|>")
    assert shorten(rendered, rendered.tools_end - 1) == (0, "tools_too_long")
    assert shorten(rendered, rendered.borders[1]) == (0, "first_trained_answer_too_far")
    silent = [{**m, "train": False} for m in messages]
    assert shorten(render(silent, [tool], tokenizer), 9999) == (0, "nothing_to_train")


def test_unknown_role_is_an_error(tokenizer):
    with pytest.raises(ValueError, match="developer"):
        render([{"role": "developer", "content": "x"}], None, tokenizer)
