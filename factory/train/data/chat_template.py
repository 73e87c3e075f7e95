"""Jinja chat template in Kimi K2's layout, for transformers, vLLM and trainers.

`factory.train.data.chat` renders the same layout without Jinja; a test holds the two together. The
`generation` spans are what a trainer masks everything else against; `train: false` leaves them out.
"""

from __future__ import annotations

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
