"""What a client learns when it is not let in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.contract.errors import (
    AUTHENTICATION_REQUIRED,
    INTERNAL_FAULT,
    INVALID_MESSAGE,
    MAINTENANCE,
    REVOKED,
    TOKEN_EXPIRED,
    TOKEN_INVALID,
    TOO_MANY_CONNECTIONS,
    USER_INACTIVE,
    Close,
    ErrorCode,
)
from router.joining import join_refusal

CLOSES = {
    ErrorCode.TOKEN_INVALID: TOKEN_INVALID,
    ErrorCode.TOKEN_EXPIRED: TOKEN_EXPIRED,
    ErrorCode.TOKEN_REVOKED: REVOKED,
    ErrorCode.USER_INACTIVE: USER_INACTIVE,
    ErrorCode.AUTHENTICATION_REQUIRED: AUTHENTICATION_REQUIRED,
    ErrorCode.NOT_AUTHORIZED: AUTHENTICATION_REQUIRED,
    ErrorCode.MAINTENANCE: MAINTENANCE,
    ErrorCode.RATE_LIMITED: TOO_MANY_CONNECTIONS,
    ErrorCode.UNAVAILABLE: INTERNAL_FAULT,
    ErrorCode.INTERNAL: INTERNAL_FAULT,
}


@pytest.mark.parametrize("code", ErrorCode)
def test_our_own_codes_pass(code: ErrorCode) -> None:
    """What our authenticator says is told on, and the close tells the client what to do about it."""
    refusal = join_refusal(code.uri, "in its own words")

    assert refusal.reason == code.uri
    assert refusal.text == "in its own words"
    assert refusal.close == CLOSES.get(code, INVALID_MESSAGE)


@pytest.mark.parametrize("text", [None, ""])
def test_a_code_without_words_is_its_own_text(text: str | None) -> None:
    """A refusal always says something."""
    assert join_refusal("tapecast.error.token_expired", text).text == "token_expired"


@pytest.mark.parametrize(
    ("reason", "code", "close"),
    [
        ("wamp.error.no_such_realm", ErrorCode.INVALID_ARGUMENT, INVALID_MESSAGE),
        ("wamp.error.no_auth_method", ErrorCode.AUTHENTICATION_REQUIRED, AUTHENTICATION_REQUIRED),
        ("wamp.error.not_authorized", ErrorCode.AUTHENTICATION_REQUIRED, AUTHENTICATION_REQUIRED),
        ("wamp.error.no_such_role", ErrorCode.NOT_AUTHORIZED, AUTHENTICATION_REQUIRED),
    ],
)
def test_crossbars_reasons_become_ours(reason: str, code: ErrorCode, close: Close) -> None:
    """A reason of Crossbar's has a code in the contract, and its text, which names roles and realms, is dropped."""
    refusal = join_refusal(reason, 'realm "tapecast" has no role "gateway"')

    assert (refusal.reason, refusal.close) == (code.uri, close)
    assert "gateway" not in refusal.text


@given(st.text(max_size=80), st.text(min_size=1, max_size=80).map("secret-{}".format))
def test_no_other_text_comes_through(reason: str, text: str) -> None:
    """Whatever else goes wrong is `internal` to the client, in words that are always the same."""
    refusal = join_refusal(f"other.{reason}", text)

    assert refusal.reason == ErrorCode.INTERNAL.uri
    assert refusal.text == "the gateway failed to let you in"


@pytest.mark.parametrize("reason", ["tapecast.error.", "tapecast.error.nothing", "tapecast.error", "token_invalid"])
def test_a_code_that_the_contract_lacks_is_not_told(reason: str) -> None:
    """Only the contract's codes reach a client."""
    assert join_refusal(reason, "text").reason == ErrorCode.INTERNAL.uri


def test_crossbars_default_is_internal() -> None:
    """An exception in an authenticator reaches Crossbar as a failed authentication, with its text."""
    refusal = join_refusal("wamp.error.authentication_failed", "dynamic authenticator failed: KeyError('sub')")

    assert refusal.text == "the gateway failed to let you in"
