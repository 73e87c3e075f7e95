"""What an endpoint can do for a model. What it can't is done on our side (see adapt.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Capabilities, as probed (probe.py); the default is an endpoint that has them all."""

    json_schema: bool = True
    json_object: bool = True
    tools: bool = True
    tool_choice: bool = True
    """Whether a named tool is called when the request demands it; nothing here relies on it."""
    seed: bool = True
    """Whether `seed` is accepted; where it is refused, samples differ by the server's own draws."""
    n: bool = True
    """Whether several choices come at once; every sample here is a request of its own."""
