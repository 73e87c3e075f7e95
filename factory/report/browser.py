"""Tools to look up and to try: the data of the page's browser, and the frame it is shown in.

The browser's script puts all of it in place as text nodes; nothing here is HTML.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from factory.report.catalogue import Catalogue, Specimen
from factory.report.charts import number
from factory.report.mapchart import ORIGIN_NAMES, words
from factory.report.markup import escape, visible
from factory.report.recordings import RecordedCall
from factory.report.toolmap import category_of
from factory.worlds.state import Change

MOST_TEXT = 3000
"""Characters of a request, a result or a description that the page holds."""
MOST_ROWS = 4
MOST_CHANGES = 12
RULES = ("enum", "format", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems",
         "maxItems", "default")  # fmt: skip


def browser_html(found: Catalogue) -> str:
    """The empty frame of the browser; its script fills it."""
    tried = [s for s in found.specimens if s.calls]
    calls = sum(len(s.calls) for s in tried)
    note = (
        f"{len(found.specimens):,} tools, every category of every origin in proportion. "
        f"{len(tried):,} of the {found.runnable:,} executable ones were run for this page on "
        f"sampled states: {calls:,} recorded calls, successes and refusals, with what each "
        "changed."
    )
    origins = "".join(
        f'<option value="{key}">{name}</option>'
        for key, name in ORIGIN_NAMES.items()
        if any(s.tool["origin"] == key for s in found.specimens)
    )
    names = sorted({category_of(s.tool) for s in found.specimens})
    categories = "".join(f'<option value="{escape(c)}">{escape(words(c))}</option>' for c in names)
    return (
        f'<h3 id="browser">Try a tool</h3><p class="fine">{escape(note)}</p>'
        '<div class="browser" hidden><div class="finder">'
        '<input type="search" placeholder="Name, description, category, error …" '
        'aria-label="Search tools">'
        f'<select aria-label="Origin"><option value="">any origin</option>{origins}</select>'
        f'<select aria-label="Category"><option value="">any category</option>{categories}'
        '</select><p class="fine count" aria-live="polite"></p><ol class="hits"></ol></div>'
        '<article class="tool" aria-live="polite"></article></div>'
        '<noscript><p class="absent">The browser needs JavaScript.</p></noscript>'
    )


def browser_data(found: Catalogue) -> list[dict[str, Any]]:
    """One object a tool, its texts ready to be shown."""
    return [_entry(specimen) for specimen in found.specimens]


def as_data(value: Any, anchor: str) -> str:
    """A value as a JSON data block of the page; no text in it can end the block or start a tag."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{anchor}">{text}</script>'


def _entry(specimen: Specimen) -> dict[str, Any]:
    tool = specimen.tool
    return {
        "name": visible(tool["original_name"]),
        "title": visible(tool.get("title") or ""),
        "text": _clip(tool.get("description") or ""),
        "origin": tool["origin"],
        "originName": ORIGIN_NAMES[tool["origin"]],
        "category": category_of(tool),
        "home": visible(specimen.home),
        "step": _step(tool),
        "hints": _hints(tool),
        "proof": proof_sentence(tool.get("proof")),
        "params": _params(tool["inputSchema"]),
        "errors": _errors(tool),
        "calls": [_call(call) for call in specimen.calls],
    }


def _clip(text: str, most: int = MOST_TEXT) -> str:
    shown = visible(text)
    return (
        shown if len(shown) <= most else f"{shown[:most]} … {len(shown) - most:,} more characters"
    )


def _step(tool: Mapping[str, Any]) -> str:
    evolution = tool.get("evolution") or {}
    if not evolution.get("step") or evolution["step"] == "bind":
        return ""
    parents = ", ".join(evolution["parents"])
    return visible(f"{evolution['step']} of {parents}" if parents else evolution["step"])


def _hints(tool: Mapping[str, Any]) -> list[list[str]]:
    """(name, colour class) of the annotations that say something."""
    hints = tool.get("annotations") or {}
    found = []
    if hints.get("readOnlyHint") is not None:
        reads = hints["readOnlyHint"]
        found.append(["read only" if reads else "writes", "good" if reads else "fair"])
    if hints.get("destructiveHint") and not hints.get("readOnlyHint"):
        found.append(["destructive", "bad"])
    if hints.get("idempotentHint") and not hints.get("readOnlyHint"):
        found.append(["idempotent", "good"])
    if hints.get("openWorldHint"):
        found.append(["open world", "odd"])
    return found


def proof_sentence(proof: Mapping[str, Any] | None) -> str:
    """A proof column in words, empty without one."""
    if not proof:
        return ""
    declared, reached = len(proof["errors_declared"]), len(proof["errors_reached"])
    parts = [f"run {number(proof['samples'])} times, {number(proof['successes'])} successes"]
    if declared:
        all_of = "all" if reached == declared else f"{reached} of"
        parts.append(f"{all_of} {declared} declared error{'s' * (declared != 1)} reached")
    if proof["output_valid"]:
        parts.append("results valid against the output schema")
    if proof["read_only_checked"]:
        parts.append("state unchanged by reading")
    if proof.get("repeated"):
        parts.append(f"{number(proof['repeated'])} successes repeated without a change")
    if proof.get("invalid_refused"):
        parts.append(f"{number(proof['invalid_refused'])} mistaken requests refused")
    return "; ".join(parts)


def _params(schema: Mapping[str, Any]) -> list[list[str]]:
    required = schema.get("required") or ()
    properties = schema.get("properties")
    rows = []
    for name, param in (properties or {}).items() if isinstance(properties, Mapping) else ():
        body = param if isinstance(param, Mapping) else {}
        rows.append(
            [
                visible(str(name)),
                _type(body),
                "required" if name in required else "",
                _clip(_rules(body), 240),
                _clip(str(body.get("description") or ""), 400),
            ]
        )
    return rows


def _type(param: Mapping[str, Any]) -> str:
    kind = param.get("type", "any")
    if kind == "array" and isinstance(param.get("items"), Mapping):
        return f"array of {_type(param['items'])}"
    return visible(" or ".join(map(str, kind)) if isinstance(kind, list) else str(kind))


def _rules(param: Mapping[str, Any]) -> str:
    said = []
    for rule in RULES:
        if rule in param and not (rule == "minLength" and param[rule] == 1):
            value = param[rule]
            text = ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value)
            said.append(text if rule == "enum" else f"{rule} {text}")
    return "; ".join(said)


def _errors(tool: Mapping[str, Any]) -> list[list[str]]:
    declared = (tool.get("program") or {}).get("errors") or ()
    reached = (tool.get("proof") or {}).get("errors_reached") or ()
    return [
        [
            e["code"],
            visible(e.get("message") or ""),
            "reached" if e["code"] in reached else "not reached",
        ]
        for e in declared
    ]


def _call(call: RecordedCall) -> dict[str, Any]:
    error = call.outcome.error
    result = {"error": error.code, "message": error.message} if error else call.outcome.value
    return {
        "ending": call.ending,
        "request": _clip(_pretty(call.arguments)),
        "result": _clip(_pretty(result)),
        "changes": [_change(change) for change in call.outcome.changes[:MOST_CHANGES]],
        "more": max(0, len(call.outcome.changes) - MOST_CHANGES),
        "rows": [
            [f"{table} {row_id}", _clip(_fields(row), 600)]
            for table, row_id, row in call.named_rows()[:MOST_ROWS]
        ],
        "unusual": call.unusual,
    }


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _change(change: Change) -> list[str]:
    """(where, before, after); a whole row that came or went is written out."""
    where = f"{change.table} {change.row_id}"
    if change.field is not None:
        return [f"{where} · {change.field}", _value(change.before), _value(change.after)]
    if change.before is None:
        return [where, "no such row", _clip(_fields(change.after), 600)]
    return [where, _clip(_fields(change.before), 600), "row removed"]


def _fields(row: Mapping[str, Any]) -> str:
    return "  ".join(f"{name}={_value(value)}" for name, value in row.items() if value is not None)


def _value(value: Any) -> str:
    return visible(json.dumps(value, ensure_ascii=False))
