"""Which instruments are followed, on which venue."""

from collections.abc import Collection, Iterable, Mapping

import attrs


class Following:
    """
    The instruments whose events are published, by venue.

    Sans-I/O. A venue follows what was chosen for it, which can change at any time; or everything, which cannot, as
    nobody knows what everything is. A source that is no venue here, such as one of reference prices, counts for all
    instruments that some venue follows.
    """

    def __init__(self, chosen: Mapping[str, Iterable[str] | None]) -> None:
        """
        Begin with a choice.

        Args:
            chosen: By venue, its instruments; None for everything that its feed tells.
        """
        self._chosen = {
            venue: None if instruments is None else dict.fromkeys(instruments) for venue, instruments in chosen.items()
        }

    @property
    def chosen(self) -> frozenset[str]:
        """Every instrument that was chosen for a venue."""
        return frozenset(name for names in self._chosen.values() if names is not None for name in names)

    def has(self, instrument_id: str, venue: str | None = None) -> bool:
        """Whether an instrument is followed on a venue, or on any where none is named."""
        if venue in self._chosen:
            names = self._chosen[venue]
            return names is None or instrument_id in names
        return any(names is None or instrument_id in names for names in self._chosen.values())

    def of(self, venue: str) -> tuple[str, ...] | None:
        """What was chosen for a venue, in the order in which it was; None for everything, and for what is no venue."""
        names = self._chosen.get(venue)
        return None if names is None else tuple(names)

    def add(self, venue: str, instruments: Iterable[str]) -> None:
        """Follow these instruments on a venue too."""
        names = self._chosen[venue]
        if names is not None:
            names.update(dict.fromkeys(instruments))

    def remove(self, venue: str, instruments: Iterable[str]) -> None:
        """Follow these instruments on a venue no longer."""
        names = self._chosen[venue]
        if names is not None:
            for name in instruments:
                names.pop(name, None)


@attrs.frozen
class Changes:
    """
    How what a venue follows differs from what the settings say.

    Attributes:
        added: What it follows besides.
        removed: What it does not follow.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @classmethod
    def between(cls, configured: Collection[str], followed: Collection[str]) -> "Changes":
        """What makes the followed instruments of the configured ones."""
        before, now = frozenset(configured), frozenset(followed)
        return cls(
            added=tuple(name for name in followed if name not in before),
            removed=tuple(name for name in configured if name not in now),
        )

    def applied_to(self, configured: Iterable[str]) -> tuple[str, ...]:
        """What is followed where the settings say this."""
        removed = frozenset(self.removed)
        kept = (name for name in configured if name not in removed)
        return tuple(dict.fromkeys((*kept, *self.added)))
