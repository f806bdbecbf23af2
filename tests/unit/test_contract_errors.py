"""Error codes, closes and roles as data."""

import pytest

from components.contract.errors import CLOSES, KICKED, SLOW_CONSUMER, ErrorCode, error_body
from components.contract.roles import EVERY_SESSION, EVERYONE, TOKEN_ROLES, Role
from components.model.errors import InvalidArgument, TokenRejected


def test_a_code_is_part_of_its_uri() -> None:
    """A caller finds the code at the end of the error's URI."""
    assert ErrorCode.UNKNOWN_INSTRUMENT.uri == "tapecast.error.unknown_instrument"


@pytest.mark.parametrize(
    ("code", "is_worth_a_retry"),
    [
        (ErrorCode.UNAVAILABLE, True),
        (ErrorCode.RATE_LIMITED, True),
        (ErrorCode.UNKNOWN_INSTRUMENT, False),
        (ErrorCode.INTERNAL, False),
    ],
)
def test_a_code_says_whether_to_try_again(code: ErrorCode, *, is_worth_a_retry: bool) -> None:
    """Only what passes by itself is worth the same call again."""
    assert error_body(code, "text")["retry"] is is_worth_a_retry


def test_an_error_has_four_keys_always() -> None:
    """Code, message, retry and details are there, details empty where there are none."""
    assert error_body(ErrorCode.INTERNAL, "text") == {
        "code": "internal",
        "message": "text",
        "retry": False,
        "details": {},
    }
    assert error_body(ErrorCode.HALTED, "text", {"field": "x"})["details"] == {"field": "x"}


def test_only_who_shall_not_come_back_gets_a_goodbye() -> None:
    """A GOODBYE ends a client's reconnecting, so a slow consumer gets none."""
    assert KICKED.says_goodbye
    assert not SLOW_CONSUMER.says_goodbye


def test_closes_have_codes_for_applications() -> None:
    """Each close has an application's code, or the protocol's own for too big and for a failure of ours."""
    assert all(close.code in {1009, 1011} or 4000 <= close.code < 4100 for close in CLOSES)
    assert all(close.reason.startswith(("tapecast.close.", "tapecast.error.")) for close in CLOSES)


def test_no_token_makes_a_gateway() -> None:
    """The gateway's own role is not for tokens, and reads nothing as a client."""
    assert Role.GATEWAY not in TOKEN_ROLES | EVERYONE | EVERY_SESSION


def test_a_refused_argument_is_named() -> None:
    """The error of an argument names its field, in words and as data."""
    error = InvalidArgument("limit", "expected 1")

    assert (str(error), error.details) == ("limit: expected 1", {"field": "limit"})


def test_a_refused_token_keeps_its_reason_apart_from_its_code() -> None:
    """The bearer learns the code, the operator the reason."""
    error = TokenRejected(ErrorCode.TOKEN_EXPIRED, "exp is past")

    assert (error.code, error.reason) == (ErrorCode.TOKEN_EXPIRED, "exp is past")
