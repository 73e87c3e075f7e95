"""Who updates which parameter: ordered patterns that claim each exactly once (K2 report, 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from torch import nn

Owner = Literal["muon", "adamw"]
Rule = tuple[str, Owner]

# Searched in the parameter's name, first match wins. Weight decay holds for all, norm gains
# included: the Moonlight report (appendix D) found that crucial for stability.
RULES: Sequence[Rule] = (
    (r"norm\.weight$", "adamw"),
    (r"^embed_tokens\.weight$", "adamw"),
    (r"^lm_head\.weight$", "adamw"),
    (r"\.self_attn\.(q|q_a|q_b|kv_a|kv_b|o)_proj(_with_mqa)?\.weight$", "muon"),
    (r"\.mlp\.gate\.weight$", "muon"),
    (r"\.mlp\.experts\.(gate|up|down)_proj$", "muon"),
    (r"\.mlp\.(shared_experts\.)?(gate|up|down)_proj\.weight$", "muon"),
)


def assign_parameters(
    named_parameters: Iterable[tuple[str, nn.Parameter]], rules: Sequence[Rule] = RULES
) -> dict[Owner, dict[str, nn.Parameter]]:
    """Splits parameters, by name, between Muon and AdamW.

    `ValueError` where no rule claims a parameter, where one parameter has two names, or where Muon
    would get something that is neither a matrix nor a stack of matrices.
    """
    owned: dict[Owner, dict[str, nn.Parameter]] = {"muon": {}, "adamw": {}}
    seen: dict[int, str] = {}
    for name, parameter in named_parameters:
        if id(parameter) in seen:
            raise ValueError(f"{name} and {seen[id(parameter)]} are the same parameter")
        seen[id(parameter)] = name
        owner = next((owner for pattern, owner in rules if re.search(pattern, name)), None)
        if owner is None:
            raise ValueError(f"no rule says which optimizer owns {name}")
        if owner == "muon" and parameter.ndim not in (2, 3):
            raise ValueError(f"Muon cannot own {name} of shape {tuple(parameter.shape)}")
        owned[owner][name] = parameter
    return owned
