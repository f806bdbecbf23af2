"""What the pages on identity providers and rotation tell an operator to set, type and save does what they say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from auth import rotating_keys_component as rotating
from auth.key_file_store import read_keys
from auth.keys import MAX_CANDIDATES
from auth.refresh_schedule import DEMAND_INTERVAL_S, LONGEST_INTERVAL_S, SHORTEST_INTERVAL_S, USUAL_INTERVAL_S
from auth.token_settings import TokenSettings
from components.contract.uris import user_component
from components.model.errors import TokenRejected
from tests.support.documents import blocks, code, read, table
from tests.support.key_issuer import KeyIssuer

PROVIDERS, ROTATION = "docs/howto/let-an-identity-provider-sign-in.md", "docs/howto/rotate-keys.md"
EXAMPLES = pytest.mark.parametrize("name", ["keycloak", "auth0"])


def settings_of(name: str) -> TokenSettings:
    """The settings that are told for a kind of provider."""
    ((_, text),) = [block for block in blocks(PROVIDERS, "text") if block[0] == name]
    return TokenSettings.from_environment(dict(line.split("=", 1) for line in text.splitlines()))


def claims_of(name: str) -> dict[str, object]:
    """The claims of its example."""
    ((_, text),) = [block for block in blocks(PROVIDERS, "json") if block[0] == name]
    claims: dict[str, object] = json.loads(text)
    return claims


@EXAMPLES
def test_the_example_of_a_token_signs_in_as_it_says(name: str) -> None:
    """With the settings that stand above it, as the user and role that stand below it."""
    claims = claims_of(name)

    statement = settings_of(name).rules.read(claims, now_s=float(str(claims["iat"])) + 1)

    text = read(PROVIDERS)
    assert f"Its bearer joins as `{statement.user_id}`, role `{statement.role.value}`" in text
    if user_component(statement.user_id) != statement.user_id:
        assert f"`tapecast.user.{user_component(statement.user_id)}.orders`" in text


@EXAMPLES
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://id.example"}, "iss is not the issuer of our settings"),
        ({"aud": ["account"]}, "aud is not the audience of our settings"),
        ({"realm_access": {"roles": ["offline_access"]}, "https://desk.example/roles": []}, "role is none that tokens"),
        ({"realm_access": None, "https://desk.example/roles": None}, "role is missing, or not text"),
    ],
)
def test_what_goes_wrong_is_told_in_these_words(name: str, change: dict[str, object], reason: str) -> None:
    """The table of reasons has the one that the log has."""
    claims = {**claims_of(name), **change}

    with pytest.raises(TokenRejected) as raised:
        settings_of(name).rules.read(claims, now_s=float(str(claims["iat"])) + 1)

    assert reason in raised.value.reason
    assert raised.value.reason in [code(row["the log says"]) for row in table(PROVIDERS, "the log says")]


def test_the_script_shows_what_a_token_says(tmp_path: Path) -> None:
    """Header and claims, of any token."""
    ((name, text),) = blocks(PROVIDERS, "python")
    (tmp_path / name).write_text(text)

    shown = subprocess.run(
        [sys.executable, tmp_path / name],
        input=KeyIssuer("desk-1").token("desk-1"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert '"kid": "desk-1"' in shown
    assert '"sub": "alice"' in shown


def test_the_script_adds_secrets_that_are_taken(tmp_path: Path) -> None:
    """One by one, under their names, for their owner alone; a name is never given twice."""
    ((name, text),) = blocks(ROTATION, "python")
    (tmp_path / name).write_text(text)
    file = tmp_path / "secrets.json"

    for kid in ("desk-1", "desk-2"):
        subprocess.run([sys.executable, tmp_path / name, file, kid], check=True)
    again = subprocess.run([sys.executable, tmp_path / name, file, "desk-2"], check=False, stderr=subprocess.PIPE)

    assert [(key.key_id, key.is_secret) for key in read_keys(file)] == [("desk-1", True), ("desk-2", True)]
    assert b"has a key desk-2 already" in again.stderr


def test_the_times_are_those_of_the_code() -> None:
    """How soon a source is read again."""
    rows = {code(row["source"]): row for row in table(ROTATION, "source")}
    url, files = rows["TAPECAST_JWKS_URL"], rows["TAPECAST_JWT_KEYS"]
    new, gone = "a new key is known", "a key that was taken away lets nobody in any more"

    assert f"waits {rotating.LONGEST_WAIT_S:g} s at most" in url[new]
    assert f"once in {DEMAND_INTERVAL_S} s" in url[new]
    assert f"in {USUAL_INTERVAL_S // 60} minutes" in url[gone]
    assert f"from {SHORTEST_INTERVAL_S // 60} minute to {LONGEST_INTERVAL_S // 3600} hour" in url[gone]
    assert files[new].endswith(f"within {rotating.LOOK_AT_FILES_S:g} s")
    assert files[gone] == f"within {rotating.LOOK_AT_FILES_S:g} s"
    assert f"{MAX_CANDIDATES} at most" in read(ROTATION)
