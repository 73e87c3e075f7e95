"""A scripted model that fills all ten roles tolerably, so that a whole line can be run on it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.llm.scripted_server import completion
from tests.llm.test_authored_runs import script as author


def play(body: dict[str, Any], number: int) -> Any:
    """An answer in the role that the request's form shows."""
    form = (body.get("response_format") or {}).get("json_schema", {}).get("name")
    asked = body["messages"][-1]["content"] or ""
    if len(body["messages"]) < 2 or str(form).endswith("_author"):
        return author(body, number)
    if form == "user":
        return completion(said_by_user(asked))
    if form == "judge":
        finding = {"reason": "as seen", "message": -1, "score": 1}
        names = ("honest", "complete", "economical", "readable")
        return completion(dict.fromkeys(names, finding))
    if form == "tool_simulator":
        result = {
            "timezone": "Europe/Oslo",
            "datetime": "2026-03-01T12:00:00+01:00",
            "day_of_week": "Sunday",
            "is_dst": False,
        }
        answer = {"thinking": "It looks it up.", "is_error": False, "result": result, "state": {}}
        return completion(answer)
    if "tools" in body:
        return acted_by_agent(body)
    if "<translation>" in body["messages"][0]["content"]:
        return completion(f"<translation>{block(asked, 'text')}</translation>")
    return completion(f"<rewrite>{block(asked, 'part')}</rewrite>")


def block(prompt: str, name: str) -> str:
    """What a data block of a prompt holds."""
    found = re.search(rf'<(data-\w+) name="{name}">\n(.*?)\n</\1>', prompt, re.DOTALL)
    assert found, prompt
    return found[2]


def said_by_user(prompt: str) -> dict[str, Any]:
    """Asks for help a few times, then leaves."""
    turns = block(prompt, "conversation").count("assistant")
    answer = {"thinking": "It goes on.", "text": "Please look that up.", "leave": False}
    return answer if turns < 3 else {**answer, "text": "", "leave": True}


def acted_by_agent(body: dict[str, Any]) -> Any:
    """Calls a tool that asks for a time zone or for nothing, once; then reports."""
    if body["messages"][-1]["role"] != "tool":
        offered = [tool["function"] for tool in body["tools"]]
        for tool in sorted(offered, key=lambda tool: "time" not in tool["name"]):
            needed = tool["parameters"].get("required", [])
            if set(needed) <= {"timezone"}:
                arguments = json.dumps(dict.fromkeys(needed, "Europe/Oslo"))
                call = {"name": tool["name"], "arguments": arguments}
                return completion(
                    "", message={"tool_calls": [{"id": "1", "type": "function", "function": call}]}
                )
    return completion("That is all I can see here.")
