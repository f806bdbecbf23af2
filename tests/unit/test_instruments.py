"""Which instruments there are and what they are called."""

import re

import pytest

from components.contract.uris import INSTRUMENT_PATTERN
from components.marketdata.instruments import WELL_KNOWN, Instruments
from components.model.errors import UnknownInstrument
from components.model.market import Instrument, TradingState


@pytest.fixture
def instruments() -> Instruments:
    """What two venues trade, of which one tells rules."""
    listed = Instruments()
    listed.add("binance", [Instrument(instrument_id="BTCUSDT")])
    listed.add("sim", [Instrument(instrument_id="BTCUSDT", tick_size="7"), Instrument(instrument_id="US0378331005")])
    return listed


def test_a_known_instrument_is_completed_from_the_table(instruments: Instruments) -> None:
    """Where the source tells no rules, the table's are listed."""
    (btcusdt, _other) = instruments.rows()

    assert btcusdt == {
        "instrument": "BTCUSDT",
        "base": "BTC",
        "quote": "USDT",
        "tick_size": "0.01",
        "lot_size": "0.00001",
        "min_notional": "5",
        "state": "trading",
        "aliases": ["BTC/USDT"],
        "venues": ["binance", "sim"],
    }


def test_an_unknown_instrument_is_listed_as_it_was_told(instruments: Instruments) -> None:
    """Of an instrument that the table does not hold, only what its venue told is listed."""
    (_btcusdt, other) = instruments.rows()

    assert (other["instrument"], other["base"], other["aliases"], other["venues"]) == (
        "US0378331005",
        None,
        [],
        ["sim"],
    )


def test_what_the_venue_tells_counts_more_than_the_table() -> None:
    """A rule or a state that the source tells stays as told."""
    instruments = Instruments()
    instruments.add("binance", [Instrument(instrument_id="BTCUSDT", tick_size="0.1", state=TradingState.HALTED)])

    (btcusdt,) = instruments.rows()

    assert (btcusdt["tick_size"], btcusdt["lot_size"], btcusdt["state"]) == ("0.1", "0.00001", "halted")


@pytest.mark.parametrize("name", ["BTCUSDT", "BTC/USDT"])
def test_an_alias_stands_for_its_instrument(instruments: Instruments, name: str) -> None:
    """Id and alias resolve to the id, on a venue too."""
    assert instruments.resolve(name) == "BTCUSDT"
    assert instruments.resolve_on("sim", name) == "BTCUSDT"


@pytest.mark.parametrize("name", ["ETHUSDT", "ETH/USDT", "btcusdt", "", "x" * 1000])
def test_an_unlisted_name_is_unknown(instruments: Instruments, name: str) -> None:
    """Only what a feed follows is known, not all that the table holds, and the refusal is short."""
    with pytest.raises(UnknownInstrument) as raised:
        instruments.resolve(name)

    assert len(str(raised.value)) < 100


def test_an_instrument_of_another_venue_is_unknown(instruments: Instruments) -> None:
    """An instrument is known on the venues that list it only."""
    with pytest.raises(UnknownInstrument, match="on 'binance'"):
        instruments.resolve_on("binance", "US0378331005")


def test_an_instrument_that_shows_in_the_data_is_listed_once() -> None:
    """Data of an unlisted instrument lists it, on each venue once."""
    instruments = Instruments()

    for venue in ("binance", "binance", "sim"):
        instruments.note(venue, "ETHBTC")

    assert [(row["instrument"], row["venues"]) for row in instruments.rows()] == [("ETHBTC", ["binance", "sim"])]


def test_a_venue_that_lists_again_is_named_once(instruments: Instruments) -> None:
    """A feed that starts anew lists what it listed before, and the rows stay the same."""
    before = instruments.rows()

    instruments.add("sim", [Instrument(instrument_id="BTCUSDT")])

    assert instruments.rows() == before


def test_an_id_is_had_exactly(instruments: Instruments) -> None:
    """In a URI only the id counts, on the venue that the URI names."""
    assert instruments.has("BTCUSDT", None)
    assert instruments.has("BTCUSDT", "sim")
    assert not instruments.has("BTC/USDT", None)
    assert not instruments.has("US0378331005", "binance")


@pytest.mark.parametrize("instrument", WELL_KNOWN, ids=lambda one: str(one.instrument_id))
def test_the_table_holds_complete_rows(instrument: Instrument) -> None:
    """Every row has a name that URIs can hold, all rules, and an alias made of its currencies."""
    assert re.fullmatch(INSTRUMENT_PATTERN, instrument.instrument_id)
    assert instrument.instrument_id == f"{instrument.base}{instrument.quote}"
    assert instrument.aliases == (f"{instrument.base}/{instrument.quote}",)
    for rule in (instrument.tick_size, instrument.lot_size, instrument.min_notional):
        assert rule is not None
        assert float(rule) > 0


def test_the_table_names_each_instrument_once() -> None:
    """No instrument has two rows."""
    assert len({instrument.instrument_id for instrument in WELL_KNOWN}) == len(WELL_KNOWN)


def test_what_one_venue_lists_no_longer_stays_on_the_other(instruments: Instruments) -> None:
    """Removing what is not there changes nothing."""
    instruments.remove("binance", ["BTCUSDT", "ETHUSDT"])
    instruments.remove("binance", ["BTCUSDT"])

    assert instruments.has("BTCUSDT", "sim")
    assert not instruments.has("BTCUSDT", "binance")
    assert instruments.resolve("BTC/USDT") == "BTCUSDT"


def test_what_no_venue_lists_is_gone_with_its_names(instruments: Instruments) -> None:
    """An alias that another instrument has taken before stays that one's."""
    instruments.add("sim", [Instrument(instrument_id="XBTUSDT", aliases=("BTC/USDT", "XBT/USDT"))])

    instruments.remove("sim", ["XBTUSDT", "US0378331005"])

    assert [row["instrument"] for row in instruments.rows()] == ["BTCUSDT"]
    assert instruments.resolve("BTC/USDT") == "BTCUSDT"
    with pytest.raises(UnknownInstrument):
        instruments.resolve("XBT/USDT")


def test_a_venues_rules_replace_what_was_only_seen() -> None:
    """Data that comes before the listing makes an instrument known, and does not keep its rules out."""
    instruments = Instruments()
    instruments.note("binance", "NEWUSDT")
    instruments.note("sim", "NEWUSDT")

    instruments.add("binance", [Instrument(instrument_id="NEWUSDT", base="NEW", aliases=("NEW/USDT",))])
    instruments.add("sim", [Instrument(instrument_id="NEWUSDT", base="OTHER")])

    (row,) = instruments.rows()
    assert (row["base"], row["venues"]) == ("NEW", ["binance", "sim"])
    assert instruments.resolve("NEW/USDT") == "NEWUSDT"


def test_an_instrument_that_only_has_a_price_is_on_no_venue() -> None:
    """It can be asked for by name and alias, and is listed without venues until one tells of it."""
    instruments = Instruments()

    instruments.note_price("BTCUSDT")
    instruments.note_price("BTCUSDT")

    assert [row["venues"] for row in instruments.rows()] == [[]]
    assert instruments.resolve("BTC/USDT") == "BTCUSDT"
    assert instruments.has("BTCUSDT", None)
    assert not instruments.has("BTCUSDT", "binance")


def test_what_is_wanted_is_listed_or_chosen(instruments: Instruments) -> None:
    """With what is well known of what was chosen and not listed yet."""
    wanted = instruments.wanted(["BTCUSDT", "ETHUSDT", "NOPE"])

    assert [(one.instrument_id, one.base) for one in wanted] == [
        ("BTCUSDT", "BTC"),
        ("US0378331005", None),
        ("ETHUSDT", "ETH"),
        ("NOPE", None),
    ]


def test_an_alias_goes_with_the_instrument_that_took_it(instruments: Instruments) -> None:
    """The other that has it as well can be removed later."""
    instruments.add("sim", [Instrument(instrument_id="XBTUSDT", aliases=("BTC/USDT",))])

    for venue, instrument_id in (("binance", "BTCUSDT"), ("sim", "BTCUSDT"), ("sim", "XBTUSDT")):
        instruments.remove(venue, [instrument_id])

    assert [row["instrument"] for row in instruments.rows()] == ["US0378331005"]
