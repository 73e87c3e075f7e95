"""A trajectory to read turn by turn, with what the judge said of it beside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from factory.report.charts import number
from factory.report.collect import Conversation, Findings
from factory.report.markup import absent, chip, clipped, escape, section

OUTCOME_CSS = {"success": "good", "partial": "fair", "failure": "bad"}
RUBRIC_PARTS = ("success_criteria", "expected_tool_use", "checkpoints")
MOST_CONTENT = 5000
"""Characters of one message that the page shows."""
MOST_CHANGES = 8
LONG_RESULT = 700
ONE_LINE = 76

Event = Mapping[str, Any]


def reading_section(found: Findings) -> str:
    """The chosen trajectories, each folded up."""
    if not found.conversations:
        body = absent("No trajectory to read.", "Run `factory run` again to make some.")
        return section("reading", "Trajectories to read", "", body)
    lead = (
        "Chosen to differ in task, skill and outcome, kept and rejected. A solid edge marks what "
        "the loss is taken on; a hatched message of the assistant is masked from it."
    )
    button = '<button type="button" id="unfold">Unfold all</button>'
    body = "".join(conversation(c, i) for i, c in enumerate(found.conversations, start=1))
    return section("reading", "Trajectories to read", lead, button + body)


def conversation(found: Conversation, index: int) -> str:
    """One trajectory: summary line, chat at the left, rubric at the right."""
    row, task, verdict = found.trajectory, found.task, found.verdict
    faults, results = _events_by_message(row["events"])
    acts = {e["message"]: e for e in row["events"] if e.get("type") == "assistant"}
    messages = "".join(
        _message(message, f"t{index}-m{i}", i, faults.get(i), results.get(i, ()), acts.get(i, {}))
        for i, message in enumerate(row["messages"])
    )
    return (
        f'<details class="talk" id="t{index}"><summary>{_summary(found, index)}</summary>'
        f'<div class="reader"><div class="chat">{_tools(row["tools"])}{messages}</div>'
        f"<aside>{_about(found)}{_rubric(task, verdict, index)}</aside></div></details>"
    )


def _summary(found: Conversation, index: int) -> str:
    row, task, verdict = found.trajectory, found.task, found.verdict
    opening = next((m["content"] for m in row["messages"] if m["role"] == "user"), "")
    chips = [
        chip((task or {}).get("kind", "task").replace("_", " ")),
        chip(row["skill"].replace("_", " ")),
        chip(row["outcome"], OUTCOME_CSS.get(row["outcome"], "")),
    ]
    if row["num_faults"]:
        chips.append(chip(f"{row['num_faults']} fault{'s' * (row['num_faults'] > 1)}", "fair"))
    if verdict:
        judged = "kept" if verdict["keep"] else "rejected"
        chips.append(
            chip(f"{judged} · {verdict['score']:.2f}", "good" if verdict["keep"] else "bad")
        )
    short = opening if len(opening) < 150 else opening[:149] + "…"
    return (
        f'<span class="nth">{index}</span><span class="said">{escape(short)}</span>{"".join(chips)}'
    )


def _about(found: Conversation) -> str:
    row, verdict = found.trajectory, found.verdict
    agent = found.agent["name"] if found.agent else row["agent_id"][:8]
    facts = {
        "agent": agent,
        "messages": len(row["messages"]),
        "tool calls": row["num_tool_calls"],
        "trajectory": row["id"][:12],
        "final state": row["final_state_hash"][:12],
    }
    entries = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return f"{_verdict(verdict)}<dl>{entries}</dl>"


def _verdict(verdict: Mapping[str, Any] | None) -> str:
    if verdict is None:
        return '<p class="absent">Not judged yet.</p>'
    said = chip("kept", "good") if verdict["keep"] else chip("rejected", "bad")
    reason = f" <code>{escape(verdict['reason'])}</code>" if verdict.get("reason") else ""
    judge = escape(verdict["judge"])
    return (
        f'<p class="verdict"><b>{verdict["score"]:.2f}</b> {said}{reason}'
        f"<small>judge: {judge}</small></p>"
    )


def _rubric(task: Mapping[str, Any] | None, verdict: Mapping[str, Any] | None, index: int) -> str:
    scores = {item["item"]: item for item in (verdict or {}).get("items", ())}
    rubric = (task or {}).get("rubric") or {}
    known = {item["id"] for part in RUBRIC_PARTS for item in rubric.get(part, ())}
    blocks = [
        _items(
            part.replace("_", " "), [(item, scores.get(item["id"])) for item in rubric[part]], index
        )
        for part in RUBRIC_PARTS
        if rubric.get(part)
    ]
    other = [item for name, item in scores.items() if name not in known]
    if other:
        blocks.append(
            _items("general rules", [({"text": i["item"], **i}, i) for i in other], index)
        )
    return "".join(blocks)


def _items(
    title: str,
    items: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]],
    index: int,
) -> str:
    body = "".join(_item(item, score, index) for item, score in items)
    return f"<h4>{escape(title)}</h4><ul class='rubric'>{body}</ul>"


def _item(item: Mapping[str, Any], score: Mapping[str, Any] | None, index: int) -> str:
    if score is None:
        mark = '<b class="none">–</b>'
    else:
        css = "good" if score["score"] >= 0.999 else "bad" if score["score"] <= 0.001 else "fair"
        mark = f'<b class="{css}">{number(score["score"])}</b>'
    notes = [f"{item['type']} · weight {number(float(item['weight']))}"]
    if score and score.get("detail"):
        notes.append(score["detail"])
    link = ""
    if score and score["evidence"] >= 0:
        where = int(score["evidence"])
        link = f' <a href="#t{index}-m{where}">message {where}</a>'
    remark = f"<small>{escape(' · '.join(notes))}{link}</small>"
    return f"<li>{mark}<span>{escape(item['text'])}{remark}</span></li>"


def _tools(tools: Sequence[Any]) -> str:
    """The tools the agent was offered, folded up. Their texts are outsiders' words: escaped."""
    if not tools:
        return ""
    items = []
    for tool in tools:
        function = tool.get("function", tool) if isinstance(tool, Mapping) else {"name": str(tool)}
        about = clipped(str(function.get("description") or ""), 300)
        items.append(f"<li><code>{escape(function.get('name', ''))}</code> {about}</li>")
    title = f"{len(tools)} tool{'s' * (len(tools) != 1)} offered"
    return f'<details class="offer"><summary>{title}</summary><ul>{"".join(items)}</ul></details>'


def _events_by_message(events: Sequence[Event]) -> tuple[dict[int, Event], dict[int, list[Any]]]:
    """Calls that failed or met a fault, and changes of state, by index of the tool's message."""
    failed: dict[int, Event] = {}
    changes: dict[int, list[Any]] = {}
    for event in events:
        where = event.get("message")
        if event.get("type", "call") != "call" or not isinstance(where, int):
            continue
        if event.get("fault") or event.get("error") or event.get("ok") is False:
            failed[where] = event
        if event.get("changes"):
            changes[where] = list(event["changes"])
    return failed, changes


def _message(
    message: Mapping[str, Any],
    anchor: str,
    i: int,
    failed: Event | None,
    changes: Sequence[Any],
    act: Event,
) -> str:
    role = message["role"]
    masked = role == "assistant" and not message["train"]
    css = f"msg {escape(role)}{' masked' if masked else ''}{' trained' if message['train'] else ''}"
    css += " faulted" if failed else ""
    name = f" · {escape(message['name'])}" if role == "tool" and message.get("name") else ""
    marks = chip("masked from the loss", "odd") if masked else ""
    if act.get("mistake"):
        marks += chip("a mistake", "bad")
    if failed:
        fault = failed.get("fault")
        text = f"fault: {fault}" if fault else f"error: {failed.get('error') or 'refused'}"
        marks += chip(text, "fair" if fault else "bad")
    origins = list(act.get("provenance") or ())
    talk = anchor.partition("-")[0]
    calls = "".join(
        _call(call, origins[n] if n < len(origins) else {}, talk)
        for n, call in enumerate(message.get("tool_calls") or ())
    )
    return (
        f'<div class="{css}" id="{anchor}"><div class="who"><a href="#{anchor}">{i}</a> '
        f"{escape(role)}{name} {marks}</div>{_content(message)}{calls}{_changes(changes)}</div>"
    )


def _content(message: Mapping[str, Any]) -> str:
    text = message["content"]
    if not text:
        return ""
    if message["role"] == "tool":
        shown = pretty(text)
        block = f'<pre tabindex="0">{clipped(shown, MOST_CONTENT)}</pre>'
        if len(shown) <= LONG_RESULT:
            return block
        lines = shown.count("\n") + 1
        return f"<details><summary>result, {lines} lines</summary>{block}</details>"
    body = f"<p>{clipped(text, MOST_CONTENT)}</p>"
    if message["role"] == "system":
        return (
            f"<details><summary>system prompt, {len(text):,} characters</summary>{body}</details>"
        )
    return body


def pretty(text: str) -> str:
    """A JSON text laid out for reading; any other text as it is."""
    try:
        return laid_out(json.loads(text))
    except ValueError:
        return text


def laid_out(value: Any) -> str:
    """A value as JSON: on one line if it is short, else indented."""
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= ONE_LINE else json.dumps(value, indent=2, ensure_ascii=False)


def _call(call: Mapping[str, Any], origins: Mapping[str, Any], talk: str) -> str:
    function = call["function"]
    arguments = laid_out(function["arguments"])
    return (
        f'<div class="call"><code>{escape(function["name"])}</code>'
        f"<span>{escape(call['id'])}</span>"
        f'<pre tabindex="0">{clipped(arguments, MOST_CONTENT)}</pre>'
        f"{_grounding(origins, talk)}</div>"
    )


def _grounding(origins: Mapping[str, Any], talk: str) -> str:
    """Where each argument's value came from; one that came from nowhere is marked."""
    parts = []
    for name, origin in origins.items():
        source, where = origin.get("from", ""), origin.get("message", -1)
        link = ""
        if isinstance(where, int) and where >= 0:
            link = f' <a href="#{talk}-m{where}">{where}</a>'
        mark = chip("invented", "bad") if source == "invented" else escape(source)
        parts.append(f"<li>{escape(name)} ← {mark}{link}</li>")
    return f'<ul class="origins">{"".join(parts)}</ul>' if parts else ""


def _changes(changes: Sequence[Any]) -> str:
    if not changes:
        return ""
    items = "".join(f"<li>{_change(change)}</li>" for change in changes[:MOST_CHANGES])
    more = len(changes) - MOST_CHANGES
    tail = f"<li>and {more} more</li>" if more > 0 else ""
    return f'<ul class="changes">{items}{tail}</ul>'


def _change(change: Any) -> str:
    """One changed value as `table/row.field: before → after`."""
    if not isinstance(change, Mapping):
        return escape(change)
    field = f".{change['field']}" if change.get("field") else ""
    place = f"{change.get('table', '')}/{change.get('row_id', '')}{field}"
    before, after = (clipped(_value(change.get(side)), 120) for side in ("before", "after"))
    return f"<code>{escape(place)}</code> {before} → {after}"


def _value(value: Any) -> str:
    if value is None:
        return "(absent)"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
