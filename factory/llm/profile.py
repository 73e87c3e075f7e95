"""What an endpoint can do for a model. What it can't is done on our side (see adapt.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """Capabilities, as probed (probe.py); the default is an endpoint that has them all."""

    json_schema: bool = True
    json_object: bool = True
    tools: bool = True
