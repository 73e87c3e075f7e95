"""Chat template (Jinja) and response template in Kimi K2's layout, for transformers and vLLM.

`factory.train.data.chat` renders the same layout without Jinja; a test holds the two together. The
`generation` spans are what a trainer masks everything else against; `train: false` leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RESPONSE_TEMPLATE: Mapping[str, Any] = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|im_assistant|>assistant<|im_middle|>",
    "fields": {
        "tool_calls": {
            "open_pattern": (
                r"(?:<\|tool_calls_section_begin\|>)?<\|tool_call_begin\|>\s*"
                r"functions\.(?P<name>[\w.-]+):\d+\s*<\|tool_call_argument_begin\|>"
            ),
            "close_pattern": r"<\|tool_call_end\|>(?:<\|tool_calls_section_end\|>)?",
            "repeats": True,
            "content": "json",
            # Broken JSON goes to the client as it is; otherwise the server would answer with 500.
            "content_args": {"allow_non_json": True},
            "transform": {
                "type": "function",
                "function": {"name": "{name}", "arguments": "{content}"},
            },
        },
        "content": {"close": "<|im_end|>", "content": "text"},
    },
}
"""How transformers (5.x) reads an answer back: text to content and tool calls, also in a stream."""

CHAT_TEMPLATE = """\
{%- macro answer(message) -%}
  {{- message['content'] or '' -}}
  {%- if message.get('tool_calls') -%}
    {{- '<|tool_calls_section_begin|>' -}}
    {%- for call in message['tool_calls'] -%}
      {%- set arguments = call['function']['arguments'] -%}
      {{- '<|tool_call_begin|>' + call['id'] + '<|tool_call_argument_begin|>' -}}
      {{- arguments if arguments is string else arguments | tojson -}}
      {{- '<|tool_call_end|>' -}}
    {%- endfor -%}
    {{- '<|tool_calls_section_end|>' -}}
  {%- endif -%}
  {{- '<|im_end|>' -}}
{%- endmacro -%}
{%- if tools -%}
  {{- '<|im_system|>tool_declare<|im_middle|>' + (tools | tojson(separators=(',', ':'))) -}}
  {{- '<|im_end|>' -}}
{%- endif -%}
{%- for message in messages -%}
  {%- set name = message.get('name') or message['role'] -%}
  {%- if message['role'] == 'assistant' -%}
    {{- '<|im_assistant|>' + name + '<|im_middle|>' -}}
    {%- if message.get('train') is false -%}
      {{- answer(message) -}}
    {%- else -%}
      {%- generation -%}{{- answer(message) -}}{%- endgeneration -%}
    {%- endif -%}
  {%- elif message['role'] == 'tool' -%}
    {{- '<|im_system|>' + name + '<|im_middle|>## Return of ' + message['tool_call_id'] -}}
    {{- '\\n' + (message['content'] or '') + '<|im_end|>' -}}
  {%- else -%}
    {{- '<|im_' + message['role'] + '|>' + name + '<|im_middle|>' -}}
    {{- (message['content'] or '') + '<|im_end|>' -}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|im_assistant|>assistant<|im_middle|>' -}}
{%- endif -%}
"""
