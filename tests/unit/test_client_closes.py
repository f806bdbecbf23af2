"""What a client makes of errors and closes: the gateway's own tables, seen from the other side."""

import pytest
from tapecast_client import errors
from tapecast_client.closes import COME_BACK, COME_BACK_BY_CODE, ComeBack, ending_of_close, ending_of_refusal
from tapecast_client.errors import (
    CallRefused,
    InvalidArgument,
    NoSuchProcedure,
    NotAuthorized,
    RateLimited,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    Unavailable,
    UserInactive,
    refusal_of,
)

from components.contract.errors import CLOSES, ErrorCode

OVER_HTTP_ONLY = {ErrorCode.NOT_FOUND, ErrorCode.METHOD_NOT_ALLOWED}


def test_every_close_of_the_contract_is_known() -> None:
    """By reason and by code, with what the contract says of coming back."""
    assert {close.reason: close.come_back.value for close in CLOSES} == {
        reason: come_back.value for reason, come_back in COME_BACK.items()
    }
    assert {close.code: close.come_back.value for close in CLOSES} == {
        code: come_back.value for code, come_back in COME_BACK_BY_CODE.items()
    }


def test_every_error_of_the_contract_has_a_class() -> None:
    """A caller can catch each by itself, and each says whether the same call can succeed later."""
    for code in set(ErrorCode) - OVER_HTTP_ONLY:
        error = refusal_of(
            code.uri, {"code": code.value, "message": "m", "retry": code.is_worth_a_retry, "details": {}}
        )

        assert type(error) is not CallRefused
        assert (error.code, error.message, error.retry) == (code.value, "m", code.is_worth_a_retry)
        assert str(error) == f"{code.uri}: m"


def test_an_unknown_error_is_a_refusal_all_the_same() -> None:
    """A newer gateway, or WAMP itself, can say what this client does not know; what is malformed is not said."""
    error = refusal_of("tapecast.error.novel", {"message": 5, "retry": "yes", "details": [1]})

    assert type(error) is CallRefused
    assert (error.code, error.message, error.retry, error.details) == ("novel", "", False, {})
    assert str(error) == "tapecast.error.novel"
    assert type(refusal_of("wamp.error.no_such_procedure", None)) is NoSuchProcedure


def test_details_are_told_by_name() -> None:
    """The field of an argument, and how long to wait."""
    wrong = refusal_of("tapecast.error.invalid_argument", {"details": {"field": "events[3].price"}})
    often = refusal_of("tapecast.error.rate_limited", {"retry": True, "details": {"retry_after_ms": 70}})

    assert isinstance(wrong, InvalidArgument)
    assert wrong.field == "events[3].price"
    assert isinstance(often, RateLimited)
    assert often.retry_after_ms == 70


def test_details_that_are_missing_are_none() -> None:
    """An error without them is one all the same."""
    wrong = refusal_of("tapecast.error.invalid_argument", {})
    often = refusal_of("tapecast.error.rate_limited", {})

    assert isinstance(wrong, InvalidArgument)
    assert wrong.field is None
    assert isinstance(often, RateLimited)
    assert often.retry_after_ms is None


@pytest.mark.parametrize(
    ("code", "reason", "goodbye", "expected"),
    [
        (4008, "tapecast.close.slow_consumer", None, ComeBack.YES),
        (4005, "tapecast.close.kicked", "tapecast.close.kicked", ComeBack.NO),
        (1000, None, "tapecast.close.user_inactive", ComeBack.NO),
        (4001, None, None, ComeBack.NEW_TOKEN),
        (4999, "something", None, ComeBack.YES),
        (1006, "the network", None, ComeBack.YES),
        (None, None, None, ComeBack.YES),
        (None, None, "wamp.close.system_shutdown", ComeBack.YES),
    ],
)
def test_a_close_says_whether_to_come_back(
    code: int | None, reason: str | None, goodbye: str | None, expected: ComeBack
) -> None:
    """The reason counts first, then the GOODBYE's, then the code; whatever says nothing is a cut connection."""
    ending = ending_of_close(code, reason, goodbye=goodbye)

    assert ending.come_back is expected
    assert ending.reason == (reason or goodbye or "the connection was cut")


@pytest.mark.parametrize(
    ("kind", "code", "reason", "expected"),
    [
        (TokenInvalid, 4001, "tapecast.close.token_invalid", ComeBack.NEW_TOKEN),
        (RateLimited, 4003, None, ComeBack.LATER),
        (TokenExpired, 1006, None, ComeBack.NEW_TOKEN),
        (TokenRevoked, 1006, None, ComeBack.NEW_TOKEN),
        (UserInactive, 1006, None, ComeBack.NO),
        (InvalidArgument, None, None, ComeBack.NO),
        (NotAuthorized, None, None, ComeBack.NO),
        (Unavailable, None, None, ComeBack.LATER),
    ],
)
def test_a_refused_join_says_whether_to_come_back(
    kind: type[CallRefused], code: int | None, reason: str | None, expected: ComeBack
) -> None:
    """Its close says so; where that got lost, the refusal itself does."""
    error = kind("tapecast.error.x", message="", retry=False, details={})

    ending = ending_of_refusal(error, code, reason)

    assert (ending.come_back, ending.error, ending.reason) == (expected, error, "tapecast.error.x")


def test_all_errors_can_be_caught_together() -> None:
    """Whatever this package raises on purpose is a `ClientError`."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]

    assert all(issubclass(kind, errors.ClientError) for kind in kinds)
