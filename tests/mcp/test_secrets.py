"""Credential-shaped text never gets into a listing; words, placeholders and hashes stay.

The samples are put together from pieces, so that no file holds one whole.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from pathlib import Path

import pytest

from factory.authors import lone_context
from factory.mcp.listings import record_listing
from factory.mcp.secrets import REDACTED, redact, redact_text

CATALOGUE = Path(__file__).parents[3] / "shared" / "data" / "mcp_tools" / "real_tools.jsonl.gz"
RUN = "4fJ7qLx2ZpR9tVb3Nc8Wd6Ym1Ks5Gh0A"  # 32 letters and digits
PEM = "-----BEGIN RSA PRIVATE KEY-----"
SECRETS = [
    "sk-" + RUN, "sk-proj-" + RUN, "sk-ant-" + "api03-" + RUN, "sk_live_" + RUN, "rk_test_" + RUN,
    "ghp_" + RUN + "ab12", "github_pat_" + "11AAAA_" + RUN, "glpat-" + RUN[:20],
    "xoxb-" + "123456789012-" + RUN[:12], "AKIA" + "IOSFODNN7EXAMPLE", "ASIA" + "IOSFODNN7EXAMPLE",
    "AIza" + RUN + "abc", "ya29." + RUN, "GOCSPX-" + RUN,
    "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTY3ODkwIn0." + RUN, "hf_" + RUN.lower(),
    "npm_" + RUN + "abcd", "SG." + RUN[:22] + "." + RUN + RUN[:11], "ntn_" + RUN + RUN[:14],
    "123456789:" + "AA" + RUN + "x", "lin_api_" + RUN,
    PEM + "\nMIIEowIBAAKCAQEA" + RUN + "\n-----END RSA PRIVATE KEY-----",
    PEM + "\\nMIIEowIBAAKCAQEA" + RUN,
]  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS, ids=lambda s: s[:12])
@pytest.mark.parametrize("around", ["{}", "For example {}, or yours", '{{"key": "{}"}}', "k={};"])
def test_known_shapes_are_redacted_wherever_they_stand(secret, around):
    text = around.format(secret)
    assert REDACTED in redact_text(text)
    assert secret[-12:] not in redact_text(text)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Authorization: Bearer " + RUN, "Authorization: Bearer " + REDACTED),
        ("postgresql://app:s3cr3t9@db.corp:5432/x", f"postgresql://app:{REDACTED}@db.corp:5432/x"),
        ("redis://:p4ssphr4se@cache:6379", f"redis://:{REDACTED}@cache:6379"),
        ("mongodb+srv://ada:Tr0ub4dor@c0.net/d", f"mongodb+srv://ada:{REDACTED}@c0.net/d"),
        ("api_key=" + RUN, "api_key=" + REDACTED),
        ('"client_secret": "' + RUN + '"', f'"client_secret": "{REDACTED}"'),
        ("?access_token=" + RUN + "&page=2", f"?access_token={REDACTED}&page=2"),
    ],
)
def test_what_follows_a_label_is_redacted_and_the_rest_stays(text, clean):
    assert redact_text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "Bearer token for authorization",
        "Your key starts with sk- and is kept in the environment",
        "task-0123456789abcdefghijklmnop is the id of a task",
        "postgresql://user:password@localhost/db",
        "mysql://<user>:<password>@<host>/<db>",
        "https://{user}:{token}@example.com",
        "The file must hold a key starting with ``" + PEM + "`` or another header.",
        "commit 3f2504e04f8911d39a0c0305e82c3301fa3b2c11",
        "Set api_key=YOUR_API_KEY_FROM_THE_DASHBOARD_0",
        "starknet address 0x049d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
        "id 123e4567-e89b-12d3-a456-426614174000 at https://example.com:8080/a@b",
        "sk-learn-style-estimators-and-their-options",
    ],
)
def test_words_placeholders_and_hashes_stay(text):
    assert redact_text(text) == text


def test_secrets_go_from_defaults_examples_enums_keys_and_descriptions():
    key = SECRETS[0]
    schema = {
        "type": "object",
        "properties": {
            "a": {"default": key, "examples": [key, "b"], "description": f"Try {key}"},
            "b": {"enum": [key]},
            key: {"type": "string"},
        },
    }
    listing = {
        "server": {"name": "s"},
        "source": {"catalogue": "c"},
        "tools": [{"name": "t", "description": f"-H {key}", "inputSchema": schema}],
    }
    ctx = lone_context(stage="listings")
    (made,) = asyncio.run(record_listing({"id": "x", "listing": listing}, ctx))
    assert key not in json.dumps(made)
    assert json.dumps(made).count(REDACTED) == 6
    assert made["tools"][0]["inputSchema"]["properties"]["a"]["examples"][1] == "b"


@pytest.mark.parametrize("piece", ["a.", "token=", "a://b:", "Bearer ", "sk-a", PEM + " "])
def test_hostile_texts_take_no_time(piece):
    started = time.process_time()
    redact_text((piece * 200_000)[:200_000] + "://")
    assert time.process_time() - started < 2


@pytest.mark.skipif(not CATALOGUE.exists(), reason="the catalogue is not here")
def test_hardly_anything_of_the_real_catalogue_is_taken_for_a_secret():
    with gzip.open(CATALOGUE, "rt", encoding="utf-8") as lines:
        listings = [json.loads(line) for line in lines]
    changed = [one["server"]["name"] for one in listings if redact(one) != one]
    assert len(listings) > 400
    assert len(changed) <= 2, changed
