"""What the load generator says, and how it shows what it measured."""

import json

import pytest

from benchmarks.frames import opening_request
from benchmarks.latency import LatencyHistogram
from benchmarks.stamps import PAYLOAD_BYTES, stamped_payload
from benchmarks.tables import Row, shown, table


def test_the_payload_is_as_large_as_it_is_said_to_be() -> None:
    """Its JSON, as routers pass it on, has the size that the tables tell."""
    assert len(json.dumps(stamped_payload(1), separators=(",", ":"))) == PAYLOAD_BYTES


def test_nothing_recorded_is_no_latency() -> None:
    """An empty histogram has a percentile all the same, and a clock that went back counts as at once."""
    histogram = LatencyHistogram()
    assert histogram.percentile_ms(99) == 0

    histogram.record(-5)

    assert histogram.percentile_ms(99) == 0


def test_figures_are_shown_with_what_they_lie_between() -> None:
    """The median first; a single run has no spread, and what was not measured a dash."""
    assert shown([3.0, 1234.6, 2.0]) == "3.0 (2.0 to 1 235)"
    assert shown([0.25]) == "0.25"
    assert shown([]) == "-"


def test_a_table_has_aligned_columns_and_the_ratio_of_medians() -> None:
    """Each row is as long as the head, so that it reads well in a terminal too."""
    rows = [
        Row(name="fan-out", unit="deliveries/s", ours=[100, 300, 200], stock=[10, 20, 40], load_share=0.25),
        Row(name="missed", unit="%", ours=[0], stock=[0], load_share=0.1),
        Row(name="alone", unit="%", ours=[1], stock=[], load_share=0.1),
    ]

    lines = table(rows).splitlines()

    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == [
        "fan-out",
        "deliveries/s",
        "200 (100 to 300)",
        "20.0 (10.0 to 40.0)",
        "10.00",
        "25%",
    ]
    assert rows[1].ratio is None
    assert rows[2].ratio is None


@pytest.mark.parametrize(("subprotocol", "is_named"), [("wamp.2.json", True), (None, False)])
def test_the_opening_request_asks_for_what_is_wanted(subprotocol: str | None, *, is_named: bool) -> None:
    """Path, host and headers are there, and a subprotocol only where there is one."""
    request = opening_request("127.0.0.1:9000", "/ws", subprotocol, x_device_type="mobile").decode()

    assert request.startswith("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:9000\r\n")
    assert "x-device-type: mobile\r\n" in request
    assert ("Sec-WebSocket-Protocol: wamp.2.json\r\n" in request) is is_named
    assert request.endswith("\r\n\r\n")
