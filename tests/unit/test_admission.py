"""Admission: what a session becomes, by the method that it came with."""

import pytest

from auth.authenticator import REFUSAL_TEXTS, Admission, Authenticator, Grant
from auth.claims import TokenRules
from auth.tokens import TokenVerifier
from components.contract.errors import ErrorCode
from components.contract.roles import Role
from components.model.credentials import Credential
from components.model.errors import TokenRejected
from tests.support.tokens import NOW_S, SECRET, SECRET_KEY_ID, token, token_saying


def authenticator(*, allows_public: bool = True) -> Authenticator:
    """An authenticator with the tests' secret, that counts its public sessions."""
    names = iter(["public-1", "public-2"])
    verifier = TokenVerifier.of_secret(SECRET, TokenRules())
    return Authenticator(verifier=verifier, new_public_name=lambda: next(names), allows_public=allows_public)


def test_a_ticket_makes_its_tokens_user() -> None:
    """A bearer is admitted under the token's user and role, until the token ends."""
    admission = authenticator().admit("ticket", token_saying(sub="a.b", role="risk", jti="t-1"), now_s=NOW_S)

    credential = Credential(
        user_id="a.b",
        role=Role.RISK,
        token_id="t-1",
        key_id=SECRET_KEY_ID,
        issued_at_s=NOW_S - 60,
        expires_at_s=NOW_S + 600,
    )
    assert admission == Admission(
        authid="a.b", role=Role.RISK, expires_at_s=NOW_S + 600, grant=Grant(credential=credential)
    )
    assert admission.extra == {"user": "a_2eb", "expires_at": "2023-11-14T22:23:20.000000Z"}


def test_every_public_session_has_a_name_of_its_own() -> None:
    """Sessions without a token are told apart, and none of them expires."""
    asked = authenticator()

    admissions = [asked.admit("anonymous", None, now_s=NOW_S) for _ in range(2)]

    assert [admission.authid for admission in admissions] == ["public-1", "public-2"]
    assert {admission.role for admission in admissions} == {Role.PUBLIC}
    assert admissions[0].extra == {"user": None, "expires_at": None}


@pytest.mark.parametrize(
    ("method", "ticket", "code"),
    [
        ("ticket", None, ErrorCode.TOKEN_INVALID),
        ("ticket", 1, ErrorCode.TOKEN_INVALID),
        ("ticket", b"x", ErrorCode.TOKEN_INVALID),
        ("ticket", token_saying(exp=NOW_S - 31), ErrorCode.TOKEN_EXPIRED),
        ("anonymous", None, ErrorCode.AUTHENTICATION_REQUIRED),
        ("anonymous", token(), ErrorCode.AUTHENTICATION_REQUIRED),
        ("wampcra", token(), ErrorCode.AUTHENTICATION_REQUIRED),
        (None, token(), ErrorCode.AUTHENTICATION_REQUIRED),
        (["ticket"], token(), ErrorCode.AUTHENTICATION_REQUIRED),
    ],
)
def test_whoever_brings_no_good_token_is_refused(method: object, ticket: object, code: ErrorCode) -> None:
    """Where public sessions may not join, only a token lets in; each refusal has a text for its code."""
    with pytest.raises(TokenRejected) as raised:
        authenticator(allows_public=False).admit(method, ticket, now_s=NOW_S)

    assert raised.value.code is code
    assert REFUSAL_TEXTS[code]
