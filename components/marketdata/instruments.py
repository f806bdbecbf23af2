"""Which instruments there are, on which venue, by which rules and under which other names."""

from collections.abc import Iterable

import attrs

from components.model.errors import UnknownInstrument
from components.model.market import Instrument

MAX_SHOWN_CHARS = 40


def _usdt(base: str, tick_size: str, lot_size: str) -> Instrument:
    return Instrument(
        instrument_id=f"{base}USDT",
        base=base,
        quote="USDT",
        tick_size=tick_size,
        lot_size=lot_size,
        min_notional="5",
        aliases=(f"{base}/USDT",),
    )


WELL_KNOWN: tuple[Instrument, ...] = (
    _usdt("BTC", "0.01", "0.00001"),
    _usdt("ETH", "0.01", "0.0001"),
    _usdt("BNB", "0.01", "0.001"),
    _usdt("SOL", "0.01", "0.001"),
    _usdt("XRP", "0.0001", "0.1"),
    _usdt("ADA", "0.0001", "0.1"),
    _usdt("DOGE", "0.00001", "1"),
    _usdt("LTC", "0.01", "0.001"),
    _usdt("LINK", "0.01", "0.01"),
    _usdt("DOT", "0.001", "0.01"),
    _usdt("AVAX", "0.01", "0.01"),
    Instrument(
        instrument_id="ETHBTC",
        base="ETH",
        quote="BTC",
        tick_size="0.00001",
        lot_size="0.0001",
        min_notional="0.0001",
        aliases=("ETH/BTC",),
    ),
)
"""
Rules of Binance's best known spot instruments, for a source that tells none, such as a recording.

Written by hand and checked by eye: what a venue tells itself counts instead. A symbol is never split to find its
currencies, as that cannot be done: BTCUSDT could be BTCU and SDT.
"""

_WELL_KNOWN_BY_ID = {instrument.instrument_id: instrument for instrument in WELL_KNOWN}


@attrs.define
class Instruments:
    """
    All instruments that the feeds follow, by venue.

    Sans-I/O. An instrument that only shows in the data is listed with what is well known of it.
    """

    _by_id: dict[str, Instrument] = attrs.field(factory=dict, init=False)
    _venues: dict[str, list[str]] = attrs.field(factory=dict, init=False)
    _id_by_alias: dict[str, str] = attrs.field(factory=dict, init=False)
    _only_seen: set[str] = attrs.field(factory=set, init=False)

    def add(self, venue: str, instruments: Iterable[Instrument]) -> None:
        """List what a venue trades; the first venue's word on an instrument's rules stays."""
        for told in instruments:
            if told.instrument_id in self._only_seen:
                self._only_seen.discard(told.instrument_id)
                del self._by_id[told.instrument_id]
            self._list(told, venue)

    def remove(self, venue: str, instruments: Iterable[str]) -> None:
        """List these instruments on a venue no longer, and those that no other venue has not at all."""
        for instrument_id in instruments:
            venues = self._venues.get(instrument_id, [])
            if venue in venues:
                venues.remove(venue)
            if not venues and instrument_id in self._by_id:
                del self._venues[instrument_id]
                self._only_seen.discard(instrument_id)
                for alias in self._by_id.pop(instrument_id).aliases:
                    if self._id_by_alias.get(alias) == instrument_id:
                        del self._id_by_alias[alias]

    def note(self, venue: str, instrument_id: str) -> None:
        """List an instrument that showed in a venue's data, unless it is listed."""
        if venue not in self._venues.get(instrument_id, ()):
            self.note_price(instrument_id)
            self._list(Instrument(instrument_id=instrument_id), venue)

    def note_price(self, instrument_id: str) -> None:
        """List an instrument that has a price, though no venue has told of it yet, unless it is listed."""
        if instrument_id not in self._by_id:
            self._only_seen.add(instrument_id)
            self._list(Instrument(instrument_id=instrument_id), None)

    def wanted(self, chosen: Iterable[str]) -> tuple[Instrument, ...]:
        """All that is listed, and what was chosen besides, with what is well known of it."""
        besides = (name for name in chosen if name not in self._by_id)
        return (*self._by_id.values(), *(_completed(Instrument(instrument_id=name)) for name in besides))

    def _list(self, told: Instrument, venue: str | None) -> None:
        instrument = self._by_id.setdefault(told.instrument_id, _completed(told))
        venues = self._venues.setdefault(instrument.instrument_id, [])
        if venue is not None and venue not in venues:
            venues.append(venue)
        for alias in instrument.aliases:
            self._id_by_alias.setdefault(alias, instrument.instrument_id)

    def resolve(self, name: str) -> str:
        """
        The instrument id that a name or an alias stands for.

        Raises:
            UnknownInstrument: No feed follows such an instrument.
        """
        if name in self._by_id:
            return name
        instrument_id = self._id_by_alias.get(name)
        if instrument_id is None:
            raise UnknownInstrument(f"there is no instrument {name[:MAX_SHOWN_CHARS]!r}")
        return instrument_id

    def resolve_on(self, venue: str, name: str) -> str:
        """
        The same for one venue.

        Raises:
            UnknownInstrument: The venue has no such instrument, or there is no such venue.
        """
        instrument_id = self.resolve(name)
        if venue not in self._venues[instrument_id]:
            raise UnknownInstrument(f"there is no instrument {instrument_id} on {venue[:MAX_SHOWN_CHARS]!r}")
        return instrument_id

    def has(self, instrument_id: str, venue: str | None) -> bool:
        """Whether there is an instrument of exactly this id, on this venue where one is named."""
        venues = self._venues.get(instrument_id)
        return venues is not None and (venue is None or venue in venues)

    def rows(self) -> list[dict[str, object]]:
        """All instruments as `list_instruments` tells them, by name."""
        return [
            {
                "instrument": instrument_id,
                "base": instrument.base,
                "quote": instrument.quote,
                "tick_size": instrument.tick_size,
                "lot_size": instrument.lot_size,
                "min_notional": instrument.min_notional,
                "state": instrument.state.value,
                "aliases": list(instrument.aliases),
                "venues": list(self._venues[instrument_id]),
            }
            for instrument_id, instrument in sorted(self._by_id.items())
        ]


def _completed(told: Instrument) -> Instrument:
    known = _WELL_KNOWN_BY_ID.get(told.instrument_id)
    if known is None:
        return told
    missing = {
        field.name: getattr(known, field.name)
        for field in attrs.fields(Instrument)
        if getattr(told, field.name) in (None, ())
    }
    return attrs.evolve(told, **missing)
