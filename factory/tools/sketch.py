"""Stage `signatures`: every tool a run may make, as a sketch: what deduplication compares.

Sketches are made from tool bodies before any proof, so what is dropped costs no proof, and only
signatures and keys travel, never bodies.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from factory.records import Record
from factory.stage import Context, Reject
from factory.tools.adopt import adopt
from factory.tools.dedup import tool_key
from factory.tools.mcp_style import server_tools
from factory.tools.signature import interface_signature, program_signature
from factory.tools.synthesise import bodies
from factory.tools.tool_author import written_tools
from factory.worlds.programs import leaf_params

BANDS, ROWS = 16, 4  # a pair of Jaccard 0.8 shares a band with probability 0.9998, of 0.5 with 0.64
_PRIME = (1 << 61) - 1
_draws = random.Random(20507)
_HASHES = [(_draws.randrange(1, _PRIME), _draws.randrange(_PRIME)) for _ in range(BANDS * ROWS)]
"""Coefficients of the universal hash functions of MinHash (Broder 1997); fixed for all runs."""


async def sketch_domain(domain: Record, ctx: Context) -> Sequence[Record | Reject]:
    """A sketch of each tool that a domain may give."""
    made = list(bodies(domain, ctx))
    written = await written_tools(domain, ctx)
    made += [(tool.operation, tool.body) for tool in written if not isinstance(tool, Reject)]
    names = {operation["name"]: body["name"] for operation, body in made}
    return [
        ctx.record("signature", sketch(body, domain["id"], names), parents=[domain["id"]])
        for _, body in made
    ]


async def sketch_server(seed: Record, ctx: Context) -> Sequence[Record | Reject]:
    """A sketch of each tool of a server in the style of published ones."""
    return [
        ctx.record("signature", sketch(body, body["server"], {}))
        for body, _ in server_tools(seed, ctx)
    ]


async def sketch_listing(listing: Record, ctx: Context) -> Sequence[Record | Reject]:
    """A sketch of each usable tool of a real server; what is unusable the tools stage rejects."""
    found = await adopt(listing, ctx)
    return [
        ctx.record("signature", sketch(tool, listing["id"], {}), parents=[listing["id"]])
        for tool in found
        if not isinstance(tool, Reject)
    ]


def sketch(tool: Mapping[str, Any], home: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The body of a signature record. ``names``: operation name → tool name, for the parents."""
    shingles = sorted({_hash32(s) for s in text_shingles(tool)})
    evolution = tool.get("evolution") or {"step": "", "parents": []}
    body: dict[str, Any] = {
        "key": tool_key(home, tool["name"]),
        "origin": tool["origin"],
        "step": evolution["step"],
        "parents": [tool_key(home, names[p]) for p in evolution["parents"] if p in names],
        "shingles": "".join(f"{value:08x}" for value in shingles),
        "bands": band_keys(shingles),
        "interface": interface_signature(tool),
    }
    if tool.get("program"):
        body["program"] = program_signature(tool["program"])
    return body


def text_shingles(tool: Mapping[str, Any]) -> set[str]:
    """Words and pairs of neighbouring words of a tool's name, description, parameter names and
    parameter descriptions; of inner parameters too."""
    texts = [tool["original_name"], tool.get("description") or ""]
    if tool.get("program"):
        for param in leaf_params(tool["program"]["params"]):
            texts += [param["name"], str(param.get("description", ""))]
    else:
        for name, param in (tool["inputSchema"].get("properties") or {}).items():
            about = param.get("description") if isinstance(param, Mapping) else None
            texts += [name, about if isinstance(about, str) else ""]
    found: set[str] = set()
    for text in texts:
        words = list(_words(text))
        found.update(words)
        found.update(f"{a} {b}" for a, b in pairwise(words))
    return found


def _words(text: str) -> Iterator[str]:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return (word.lower() for word in re.findall(r"[^\W_]+", apart))


def _hash32(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def band_keys(shingles: Sequence[int]) -> str:
    """The MinHash signature, folded into one 32-bit key a band (hex, one after the other)."""
    if not shingles:
        return ""
    lowest = _lowest(np.array(shingles, np.uint64)).tolist()
    return "".join(
        f"{_hash32(','.join(map(str, lowest[at : at + ROWS]))):08x}"
        for at in range(0, len(lowest), ROWS)
    )


_P = np.uint64(_PRIME)
_LOW = np.array([[a & 0xFFFFFFFF] for a, _ in _HASHES], np.uint64)
_HIGH = np.array([[a >> 32] for a, _ in _HASHES], np.uint64)
_ADD = np.array([[b] for _, b in _HASHES], np.uint64)
_29, _32, _61 = np.uint64(29), np.uint64(32), np.uint64(61)


def _lowest(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The least ``(a * value + b) % (2 ** 61 - 1)`` over 32-bit values for each (a, b) of _HASHES,
    exactly, in words of 64 bits: 2 ** 61 is 1 there, so to double 32 times is to turn the 61 bits
    round by 32."""
    high = _HIGH * values  # below 2 ** 61
    turned = ((high << _32) & _P) | (high >> _29)
    low = _LOW * values  # below 2 ** 64
    total = turned + (low & _P) + (low >> _61) + _ADD  # below 2 ** 63
    total = (total & _P) + (total >> _61)
    lowest: npt.NDArray[np.uint64] = np.where(total >= _P, total - _P, total).min(axis=1)
    return lowest
