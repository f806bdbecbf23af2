"""What the documents say of limits against the code."""

import pytest

from components.contract.errors import ErrorCode
from router.addresses import AddressList
from router.device import DEVICE_FIELDS, MAX_VERSION_CHARS, Device, DeviceType
from router.gate import RESERVED_FILES
from router.limit_settings import ADDRESS_VARIABLES, LIMIT_VARIABLES, SWITCH, LimitSettings
from router.limits import COUNTED_AS, COUNTED_OTHERWISE, Limits
from router.rate_limits import MAX_KEYS
from router.refusal import STATUS_OF_REFUSALS
from tests.support.documents import code, codes, read, table

SETTINGS = "docs/reference/settings.md"
ERRORS = "docs/reference/errors.md"
WIRE = "docs/reference/wire.md"
LIMITS = "docs/explanation/limits.md"


def told_default(variable: str) -> str:
    """The default as the table has it."""
    return next(row["default"] for row in table(SETTINGS, "variable") if code(row["variable"]) == variable)


@pytest.mark.parametrize("variable", LIMIT_VARIABLES)
def test_a_limits_default_is_the_codes(variable: str) -> None:
    """What the table gives as default, read as the variable's value, is what the limits have without it."""
    default = getattr(Limits(), variable.removeprefix("TAPECAST_LIMIT_").lower())

    assert LIMIT_VARIABLES[variable](code(told_default(variable))) == default


def test_limits_are_on_and_no_address_is_listed() -> None:
    """The switch's default, and that of the lists."""
    assert code(told_default(SWITCH)) == "on"
    for variable, attribute in ADDRESS_VARIABLES.items():
        assert told_default(variable) == "not set"
        assert getattr(LimitSettings(), attribute) == AddressList()


def test_what_a_uri_counts_as_is_told() -> None:
    """Every word of the code is in a row, with its points and its bursts."""
    *rows, otherwise = table(LIMITS, "word")

    told = {word: (row["points"], row["bursts"]) for row in rows for word in codes(row["word"]) if word != "wamp."}
    assert told == {word: (scope.value, family or "none") for word, (scope, family) in COUNTED_AS.items()}
    assert (otherwise["points"], otherwise["bursts"]) == COUNTED_OTHERWISE


def test_what_a_refused_address_gets_is_told() -> None:
    """Each status, with its code, where limits are explained; and the statuses among those of errors."""
    explained = read(LIMITS)
    told = {code(row["code"]): row["HTTP status"] for row in table(ERRORS, "code")}

    for error, status in STATUS_OF_REFUSALS.items():
        assert f"HTTP {status.value} `{error.value}`" in explained
        assert told[error.value] == str(status.value)
    assert set(STATUS_OF_REFUSALS) == {ErrorCode.RATE_LIMITED, ErrorCode.NOT_AUTHORIZED, ErrorCode.UNAVAILABLE}


def test_what_a_client_can_say_of_its_device_is_told() -> None:
    """Every key and every type, and the pace that each begins at."""
    rows = {code(row["key"]): row for row in table(WIRE, "key")}

    assert set(rows) == DEVICE_FIELDS
    assert codes(rows["type"]["may be"]) == [device_type.value for device_type in DeviceType]
    paces = [Device(type=device_type).starting_pace_hz for device_type in DeviceType]
    assert paces == [5, 10, None]
    assert "5, 10 or any number of events" in rows["type"]["what for"]
    assert f"1 to {MAX_VERSION_CHARS} printable" in rows["version"]["may be"]


def test_the_bounds_are_told() -> None:
    """How much is remembered, and how many open files are kept back."""
    assert f"at most {MAX_KEYS:_} ".replace("_", " ") in read(LIMITS)
    assert f"they are {RESERVED_FILES} less than the open files" in read(SETTINGS)
