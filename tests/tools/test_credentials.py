"""Parameters that ask for a credential are told from those that only sound like it."""

from __future__ import annotations

import pytest

from factory.tools.credentials import asks_for_credential, without_credentials

TEXT = {"type": "string"}


def said(text):
    return {"type": "string", "description": text}


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "X-API-Key", "apikey", "openai_api_key", "ETHERSCAN_API_KEY",
     "access_token", "accessToken", "google_access_token", "authToken", "bearer", "bearerToken",
     "password", "dbPassword", "proxy_password", "passwd", "pwd", "passphrase", "client_secret",
     "clientSecret", "secret", "secretKey", "private_key", "privateKey", "aws_secret_access_key",
     "access_key_id", "refresh_token", "session_token", "personalToken", "github_token",
     "Authorization", "jwt", "token"],
)  # fmt: skip
def test_credentials_are_known_by_name(name):
    assert asks_for_credential(name, TEXT)


@pytest.mark.parametrize(
    ("name", "schema", "about"),
    [
        ("token", said("An ERC-20 token contract address to filter by"), ""),
        ("token", TEXT, "get_price Price of a coin on a chain by its ticker"),
        ("token", said("Continue from here: the token of the next page"), ""),
        ("pageToken", said("Page token of a list"), ""),
        ("next_token", TEXT, ""),
        ("max_tokens", {"type": "integer"}, ""),
        ("tokenAddress", TEXT, ""),
        ("token_id", TEXT, ""),
        ("key", TEXT, ""),
        ("primaryKey", TEXT, ""),
        ("public_key", TEXT, ""),
        ("secret_name", TEXT, ""),
        ("secret_type", TEXT, ""),
        ("private_key_file_path", TEXT, ""),
        ("require_password", {"type": "boolean"}, ""),
        ("password_length", {"type": "integer"}, ""),
        ("session", TEXT, ""),
        ("author", TEXT, ""),
        ("credential", {"type": "object"}, ""),
    ],
)
def test_what_only_sounds_like_one_stays(name, schema, about):
    assert not asks_for_credential(name, schema, about)


def test_a_token_of_unknown_kind_is_told_by_its_description():
    assert asks_for_credential("vault_token", said("token for authentication at the API"))
    assert not asks_for_credential("vault_token", said("the one shown on the lid"))


def test_they_go_at_any_depth_and_out_of_required():
    inner = {"type": "object", "required": ["apiKey", "q"],
             "properties": {"apiKey": TEXT, "q": TEXT}}  # fmt: skip
    schema = {"type": "object", "required": ["auth"], "$defs": {"d": inner},
              "properties": {"auth": inner, "list": {"type": "array", "items": inner},
                             "either": {"anyOf": [inner, {"type": "null"}]}}}  # fmt: skip
    made = without_credentials(schema)
    kept = {"type": "object", "required": ["q"], "properties": {"q": TEXT}}
    assert made["properties"]["auth"] == kept
    assert made["properties"]["list"]["items"] == kept
    assert made["properties"]["either"]["anyOf"][0] == kept
    assert made["$defs"]["d"] == kept
    assert made["required"] == ["auth"]


def test_a_schema_without_credentials_is_as_it_was():
    schema = {"type": "object", "properties": {"properties": {"type": "object"}, "q": TEXT},
              "required": ["q"], "additionalProperties": False}  # fmt: skip
    assert without_credentials(schema) == schema
