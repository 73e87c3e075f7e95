"""Every performance figure the README quotes, each one command: `python -m benchmarks.NAME`.

A benchmark prints its table and, as its last line, one JSON object
`{"name", "value", "unit", "floor", "goal", "holds"}`: the figure as a ratio to a floor or rival
measured in the same run.
"""

from __future__ import annotations

import json


def verdict(name: str, value: float, unit: str, floor: float, goal: float) -> str:
    """The last line of a benchmark whose figure is the better the smaller it is."""
    holds = value <= goal
    figures = {"value": round(value, 4), "unit": unit, "floor": round(floor, 4), "goal": goal}
    return json.dumps({"name": name, **figures, "holds": holds})
