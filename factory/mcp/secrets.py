"""Credentials that stand in text from outside: found by their shape, replaced."""

from __future__ import annotations

import re
from typing import Any

REDACTED = "[REDACTED]"
_DIGIT = r"(?=[\w.+/=-]{0,200}\d)"  # a run without any digit is a word, not a key
SHAPES = (
    rf"\b(?:sk|rk|pk)-(?:ant-|proj-|or-v1-)?{_DIGIT}[A-Za-z0-9_-]{{20,}}",  # OpenAI, Anthropic
    r"\b(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{20,}",  # Stripe
    r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{30,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abeprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}",  # Slack
    r"\b(?:AKIA|ASIA|AGPA|AROA)[0-9A-Z]{16}\b",  # AWS
    r"\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bGOCSPX-[0-9A-Za-z_-]{20,}",  # Google
    r"\beyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]+",  # JSON web tokens
    r"\bhf_[A-Za-z0-9]{30,}|\bnpm_[A-Za-z0-9]{36}|\bpypi-[A-Za-z0-9_-]{40,}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,}",  # SendGrid
    r"\b(?:secret|ntn)_[A-Za-z0-9]{40,}|\blin_api_[A-Za-z0-9]{30,}",  # Notion, Linear
    r"\b\d{8,10}:AA[A-Za-z0-9_-]{32,}",  # Telegram
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\s|\\[nr])*[A-Za-z0-9+/=\s\\:,.-]{24,}"
    r"(?:-----END [A-Z ]*PRIVATE KEY-----)?",
)
KNOWN = re.compile("|".join(SHAPES))
BEARER = re.compile(rf"(\b(?:Bearer|Basic)\s+){_DIGIT}[A-Za-z0-9._~+/=-]{{20,}}")
ADDRESS = re.compile(
    r"(\b[a-z][a-z0-9+.-]{0,20}://[^\s:/@'\"]{0,80}:)([^\s/@'\"]{1,200})(?=@[\w.$<{\[-])"
)
"""``scheme://user:PASSWORD@host``."""
ASSIGNED = re.compile(
    r"((?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?token|auth[_-]?token|token|passw(?:or)?d)"
    rf"[\"']?\s*[=:]\s*[\"']?){_DIGIT}([A-Za-z0-9_+/.-]{{20,}}={{0,2}})",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(
    r"(?:your|my|the|some|example|sample|dummy|test|change|replace|place|insert|enter|xxx|\*\*\*|\.\.\."
    r"|[<{$\[%])|^(?:pass(?:word)?|pw|pwd|secret|user|root|admin|postgres|key|token)$",
    re.IGNORECASE,
)
"""What a manual writes where a secret belongs."""


def redact(value: Any) -> Any:
    """The value with every credential-shaped run of characters replaced, in keys too."""
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, list):
        return [redact(item) for item in value]
    if isinstance(value, dict):
        return {redact(key): redact(item) for key, item in value.items()}
    return value


def redact_text(text: str) -> str:
    """A text without credentials: known shapes, what follows Bearer and ``api_key=``, passwords
    in addresses. Placeholders of manuals stay."""
    if len(text) < 12:
        return text
    text = KNOWN.sub(REDACTED, text)
    if "://" in text:
        text = ADDRESS.sub(_keep_placeholder, text)
    if "=" in text or ":" in text:
        text = ASSIGNED.sub(_keep_placeholder, text)
    return BEARER.sub(rf"\1{REDACTED}", text)


def _keep_placeholder(found: re.Match[str]) -> str:
    named = PLACEHOLDER.search(found.group(2))
    return found.group(0) if named else found.group(1) + REDACTED
