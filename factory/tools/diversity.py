"""How different the tools of a repository are from each other, in figures."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from factory.tools.signature import first_word, param_type

READING = {"get", "list", "search", "find", "read", "fetch", "query", "show", "count", "check",
           "describe", "lookup", "summarize", "browse", "scan", "retrieve", "total"}  # fmt: skip


def diversity(tools: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of a set of tool records: entropies in bits, counts, shares of parameters and of
    tools. Reading is what says so in its hints, else what its verb says."""
    categories: Counter[str] = Counter()
    verbs: Counter[str] = Counter()
    types: Counter[str] = Counter()
    sets: set[str] = set()
    seen: Counter[str] = Counter()
    for tool in tools:
        seen["tools"] += 1
        categories[tool.get("category") or "none"] += 1
        verbs[first_word(tool["original_name"])] += 1
        seen["reads"] += _reads(tool)
        properties = tool["inputSchema"].get("properties") or {}
        sets.add(json.dumps(sorted(properties)))
        seen["nested"] += any(_nested(param) for param in properties.values())
        for param in properties.values():
            seen["params"] += 1
            types[param_type(param)] += 1
            seen["enum"] += _has(param, "enum")
            seen["format"] += _has(param, "format")
            seen["described"] += _has(param, "description")
    return {
        "tools": seen["tools"],
        "categories": len(categories),
        "category_entropy": entropy(categories),
        "verbs": len(verbs),
        "verb_entropy": entropy(verbs),
        "type_entropy": entropy(types),
        "parameters_per_tool": _ratio(seen["params"], seen["tools"]),
        "parameter_sets": len(sets),
        "nested_share": _ratio(seen["nested"], seen["tools"]),
        "enum_share": _ratio(seen["enum"], seen["params"]),
        "format_share": _ratio(seen["format"], seen["params"]),
        "described_share": _ratio(seen["described"], seen["params"]),
        "read_share": _ratio(seen["reads"], seen["tools"]),
    }


def entropy(counts: Counter[str]) -> float:
    """Shannon entropy in bits."""
    total = counts.total()
    return round(-sum(n / total * math.log2(n / total) for n in counts.values()), 3) + 0.0


def _reads(tool: Mapping[str, Any]) -> bool:
    hint = (tool.get("annotations") or {}).get("readOnlyHint")
    if hint is not None:
        return bool(hint)
    return first_word(tool["original_name"]) in READING or tool.get("verb") in READING


def _nested(param: Any) -> bool:
    """An object with properties, or a list of those."""
    if not isinstance(param, Mapping):
        return False
    return "properties" in param or _nested(param.get("items"))


def _has(param: Any, key: str) -> bool:
    return isinstance(param, Mapping) and key in param


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
