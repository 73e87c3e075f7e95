"""Names that every tool-calling format accepts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container

MAX_NAME = 64


def sanitised_name(original: str, taken: Container[str] = ()) -> str:
    """``original`` in ``[A-Za-z0-9_]{1,64}`` (what Kimi K2's parser and OpenAI both accept), not in
    ``taken``; a name that had to be cut or would clash ends in a hash of the original."""
    plain = (
        re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9_]", "_", original))
        if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", original)
        else original
    )
    plain = plain if plain.strip("_") else "tool"
    if len(plain) <= MAX_NAME and plain not in taken:
        return plain
    digest = hashlib.blake2b(original.encode(), digest_size=4).hexdigest()
    base = plain[: MAX_NAME - 9]
    name, number = f"{base}_{digest}", 1
    while name in taken:
        number += 1
        name = f"{base[: MAX_NAME - 13]}_{digest}_{number}"
    return name
