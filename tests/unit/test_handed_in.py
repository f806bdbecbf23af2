"""What is handed in by call is of its form, or is refused by the name of the field, in plain words."""

import enum
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from components.model.errors import InvalidArgument
from components.model.handed_in import (
    AHEAD_NS,
    MAX_EVENTS,
    MAX_SHOWN_CHARS,
    CountText,
    CurrencyName,
    HandedIn,
    Id,
    InstrumentName,
    PlainText,
    PositiveText,
    SignedText,
    SizeText,
    WholeNumber,
    event_time,
    read_events,
)

NOW_NS = 1_700_000_000_000_000_000


class Colour(enum.StrEnum):
    """Of three."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Law(enum.StrEnum):
    """In capitals."""

    GTC = "GTC"
    IOC = "IOC"


class Inner(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something within."""

    size: SizeText | None = None


class Form(HandedIn, frozen=True, kw_only=True):
    """One field of each kind."""

    name: InstrumentName
    count: CountText = "0"
    price: PositiveText = "1"
    change: SignedText = "0"
    number: WholeNumber = 0
    order_id: Id = "a"
    currency: CurrencyName = "USDT"
    text: PlainText = "a"
    maybe: PlainText | None = None
    colour: Colour | None = None
    law: Law = Law.GTC
    is_so: bool = False
    inner: Inner = Inner()
    few: Annotated[tuple[PositiveText, ...], Meta(max_length=2)] = ()


def refused(events: object) -> tuple[object, str]:
    """The field by which a call is refused, and the words behind it."""
    with pytest.raises(InvalidArgument) as raised:
        read_events(events, Form)
    field = str(raised.value.details["field"])
    return field, str(raised.value).removeprefix(f"{field}: ")


def test_events_are_known_by_their_place() -> None:
    """A list's by their number, one alone by the argument's name."""
    assert read_events([{"name": "A"}, {"name": "B"}], Form) == {
        "events[0]": Form(name="A"),
        "events[1]": Form(name="B"),
    }
    assert read_events({"name": "A"}, Form) == {"events": Form(name="A")}
    assert read_events([], Form) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"count": "0"},
        {"count": "9" * 32},
        {"price": "0." + "0" * 17 + "1"},
        {"price": "9" * 20 + "." + "9" * 18},
        {"change": "-0.5"},
        {"number": 2**63 - 1},
        {"order_id": "!~" * 64},
        {"currency": "1INCH"},
        {"text": "Grüße 👋 " * 8},
        {"colour": None},
        {"inner": {}},
        {"few": ["1", "2"]},
    ],
    ids=str,
)
def test_values_may_go_to_their_bounds(fields: dict[str, Any]) -> None:
    """What is just good is taken."""
    assert len(read_events([{"name": "A" * 32, **fields}], Form)) == 1


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": "BTC/USDT"}, "name", "expected an instrument's name: letters, digits, `_` and `-`, at most 32"),
        ({"name": "A" * 33}, "name", "expected an instrument's name"),
        ({"name": None}, "name", "expected text, received null"),
        ({"count": "007"}, "count", "expected a whole number as text, such as '3721'"),
        ({"count": 7}, "count", "expected text, received an integer"),
        ({"price": "0.00"}, "price", "expected a number above zero as text, such as '61837.63'"),
        ({"price": "1" * 21}, "price", "expected a number above zero as text"),
        ({"price": "0." + "1" * 19}, "price", "expected a number above zero as text"),
        ({"price": "1e5"}, "price", "expected a number above zero as text"),
        ({"price": "NaN"}, "price", "expected a number above zero as text"),
        ({"price": "٣"}, "price", "expected a number above zero as text"),
        ({"price": "1\n"}, "price", "expected a number above zero as text"),
        ({"price": 1.5}, "price", "expected text, received a float"),
        ({"price": b"1"}, "price", "expected text, received bytes"),
        ({"change": "+1"}, "change", "expected a number as text, such as '-1.25'"),
        ({"maybe": 5}, "maybe", "expected text or null, received an integer"),
        ({"number": -1}, "number", "expected an integer >= 0"),
        ({"number": True}, "number", "expected an integer, received true or false"),
        ({"number": 2**63}, "number", "expected an integer <= 9223372036854775807"),
        ({"order_id": "a b"}, "order_id", "expected 1 to 128 printable ASCII characters without spaces"),
        ({"order_id": ""}, "order_id", "expected 1 to 128 printable ASCII characters without spaces"),
        ({"currency": "US$"}, "currency", "expected a currency such as 'USDT': 1 to 16 letters and digits"),
        ({"text": "a\nb"}, "text", "expected 1 to 256 printable characters"),
        ({"text": "\ud800"}, "text", "expected 1 to 256 printable characters"),
        ({"text": "a" * 257}, "text", "expected 1 to 256 printable characters"),
        ({"colour": "Red"}, "colour", "expected red, green or blue, in small letters"),
        ({"law": "gtc"}, "law", "expected GTC or IOC"),
        ({"is_so": 1}, "is_so", "expected true or false, received an integer"),
        ({"inner": {"size": "x"}}, "inner.size", "expected a number as text, such as '0.5'"),
        ({"inner": {"weight": "1"}}, "inner.weight", "there is no such field"),
        ({"inner": []}, "inner", "expected an object, received a list"),
        ({"few": ["1", "0"]}, "few[1]", "expected a number above zero as text"),
        ({"few": ["1"] * 3}, "few", "expected a list of length <= 2"),
        ({"shape": "round"}, "shape", "there is no such field"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_its_field(fields: dict[str, Any], field: str, words: str) -> None:
    """Each refusal names the event's place in the call, the field, and what was expected."""
    where, why = refused([{"name": "A"}, {"name": "A", **fields}])

    assert where == f"events[1].{field}"
    assert why.startswith(words)


def test_a_missing_field_is_named() -> None:
    """In one event alone, too."""
    assert refused({}) == ("events.name", "is required")


def test_names_of_fields_are_shown_in_part() -> None:
    """Whoever sends a long one gets the beginning of it back."""
    field, _ = refused({"name": "A", "x" * 500: 1})

    assert field == "events." + "x" * MAX_SHOWN_CHARS


@pytest.mark.parametrize(
    "events", [None, "A", 5, [{"name": "A"}] * (MAX_EVENTS + 1)], ids=["none", "text", "5", "many"]
)
def test_calls_are_events_or_bounded_lists_of_them(events: object) -> None:
    """Anything else is refused as a whole."""
    assert refused(events) == ("events", f"expected an event, or a list of at most {MAX_EVENTS}")


def test_an_event_is_an_object() -> None:
    """Not what stands in its place."""
    assert refused([5]) == ("events[0]", "expected an object, received an integer")


def test_an_event_tells_when_it_happened_or_not() -> None:
    """However long ago that is, where nobody minds."""
    old, untold = Form(name="A", event_ts="1999-12-31T23:59:59Z"), Form(name="A")

    assert event_time(old, "events", received_ns=NOW_NS) == 946_684_799_000_000_000
    assert event_time(untold, "events", received_ns=NOW_NS) is None


@pytest.mark.parametrize(
    ("event_ts", "stale_ns", "words"),
    [
        ("yesterday", None, "expected a time such as 2026-01-01T12:00:00.000001Z"),
        ("2023-11-14T22:13:25.000001Z", None, "expected a time to 5 s ahead, received one -5.0 s ago"),
        ("2023-11-14T22:13:26Z", 10**9, "expected a time from 1 s ago to 5 s ahead, received one -6.0 s ago"),
        ("2023-11-14T22:13:18.999999Z", 10**9, "expected a time from 1 s ago to 5 s ahead, received one 1.0 s ago"),
    ],
)
def test_a_time_that_cannot_be_is_refused(event_ts: str, stale_ns: int | None, words: str) -> None:
    """One too far ahead always is, one too long ago where that is minded."""
    event = Form(name="A", event_ts=event_ts)

    with pytest.raises(InvalidArgument) as raised:
        event_time(event, "events[2]", received_ns=NOW_NS, stale_ns=stale_ns)

    assert raised.value.details == {"field": "events[2].event_ts"}
    assert str(raised.value) == f"events[2].event_ts: {words}"


def test_bounds_of_time_are_sharp() -> None:
    """What is just within them is taken."""
    newest, oldest = (Form(name="A", event_ts=f"2023-11-14T22:13:{second}Z") for second in ("25", "19"))

    assert AHEAD_NS == 5 * 10**9
    assert event_time(newest, "events", received_ns=NOW_NS, stale_ns=10**9) == NOW_NS + AHEAD_NS
    assert event_time(oldest, "events", received_ns=NOW_NS, stale_ns=10**9) == NOW_NS - 10**9
