"""The alerts that there are, by account: folded from facts, looked up by whoever decides or tells."""

import collections
from collections.abc import Iterator, Mapping

import attrs
import msgspec

from components.risk.facts import Alert, AlertChanged, AlertPassedOver, AlertState

RESOLVED_KEPT = 200
"""Resolved alerts of one account that can be told of."""

SEQUENCES_KEPT = 1000
"""Alerts of a platform, by account, of which is known what was told last."""

PLATFORM = "platform"
"""The kind of all alerts that a platform tells: its own words for them are as many as it likes."""

Key = tuple[str, str]
"""Account, and which of its alerts: the key that they share, with who raised it in front."""


class KeptAlerts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One account's alerts in a checkpoint.

    Attributes:
        raised: How many there ever were.
        unresolved: The oldest first.
        resolved: The last that are, the oldest first.
        sequences: The newest number of a platform's alerts by key, the one that was told last at the end.
    """

    user_id: str
    raised: int
    unresolved: list[Alert] = []
    resolved: list[Alert] = []
    sequences: list[tuple[str, int]] = []


@attrs.define
class _Account:
    raised: int = 0
    unresolved: dict[str, Alert] = attrs.field(factory=dict)
    resolved: collections.deque[Alert] = attrs.field(factory=lambda: collections.deque(maxlen=RESOLVED_KEPT))
    sequences: dict[str, int] = attrs.field(factory=dict)


def key_of(alert: Alert) -> Key:
    """Which alert of its account one is, among those that are not resolved."""
    return alert.user_id, f"{'platform' if alert.is_handed_in else 'gateway'}:{alert.dedup_key}"


def _kind_of(alert: Alert) -> tuple[str, str]:
    return PLATFORM if alert.is_handed_in else alert.alert_type, alert.severity.value


class AlertBook:
    """Keep all alerts that are not resolved, and the last of each account that are. It is changed by facts alone."""

    def __init__(self) -> None:
        """Begin without any."""
        self._accounts: dict[str, _Account] = {}
        self._key_by_id: dict[str, Key] = {}
        self._counts: collections.Counter[tuple[str, str]] = collections.Counter()

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many are not resolved, by kind and severity; all that a platform tells are of one kind."""
        return self._counts

    def find(self, key: Key) -> Alert | None:
        """The alert of a key that is not resolved."""
        account = self._accounts.get(key[0])
        return None if account is None else account.unresolved.get(key[1])

    def find_by_id(self, alert_id: str) -> Alert | None:
        """The alert of a name, where it is not resolved."""
        key = self._key_by_id.get(alert_id)
        return None if key is None else self.find(key)

    def count_raised(self, user_id: str) -> int:
        """How many alerts an account ever had."""
        account = self._accounts.get(user_id)
        return 0 if account is None else account.raised

    def sequence(self, user_id: str, dedup_key: str) -> int | None:
        """The number of what a platform told last of one of its alerts."""
        account = self._accounts.get(user_id)
        return None if account is None else account.sequences.get(dedup_key)

    def unresolved(self, user_id: str | None = None) -> Iterator[Alert]:
        """Alerts that are not resolved, of one account or of all, the oldest of each account first."""
        for account in self._chosen(user_id):
            yield from account.unresolved.values()

    def resolved(self, user_id: str) -> Iterator[Alert]:
        """The last resolved alerts of an account, the one resolved last first."""
        for account in self._chosen(user_id):
            yield from reversed(account.resolved)

    def count_unresolved(self, user_id: str | None = None) -> int:
        """How many of one account, or of all, are not resolved."""
        if user_id is None:
            return len(self._key_by_id)
        return sum(len(account.unresolved) for account in self._chosen(user_id))

    def apply(self, fact: AlertChanged | AlertPassedOver) -> None:
        """Take a fact in."""
        if isinstance(fact, AlertPassedOver):
            self._note_sequence(fact.user_id, fact.dedup_key, fact.sequence)
            return
        alert = fact.alert
        account = self._accounts.setdefault(alert.user_id, _Account())
        key = key_of(alert)
        before = account.unresolved.get(key[1])
        if before is not None:
            self._counts[_kind_of(before)] -= 1
        if alert.state is AlertState.RESOLVED:
            account.unresolved.pop(key[1], None)
            self._key_by_id.pop(alert.alert_id, None)
            account.resolved.append(alert)
        else:
            account.raised += alert.alert_id not in self._key_by_id
            account.unresolved[key[1]] = alert
            self._key_by_id[alert.alert_id] = key
            self._counts[_kind_of(alert)] += 1
        if alert.is_handed_in:
            self._note_sequence(alert.user_id, alert.dedup_key, alert.sequence)

    def checkpoint(self) -> list[KeptAlerts]:
        """All that is kept."""
        return [
            KeptAlerts(
                user_id=user_id,
                raised=account.raised,
                unresolved=list(account.unresolved.values()),
                resolved=list(account.resolved),
                sequences=list(account.sequences.items()),
            )
            for user_id, account in sorted(self._accounts.items())
        ]

    def restore(self, checkpoint: list[KeptAlerts]) -> None:
        """Take over what was kept."""
        self._accounts = {
            kept.user_id: _Account(
                raised=kept.raised,
                unresolved={key_of(alert)[1]: alert for alert in kept.unresolved},
                resolved=collections.deque(kept.resolved, maxlen=RESOLVED_KEPT),
                sequences=dict(kept.sequences),
            )
            for kept in checkpoint
        }
        self._key_by_id = {alert.alert_id: key_of(alert) for alert in self.unresolved()}
        self._counts = collections.Counter(_kind_of(alert) for alert in self.unresolved())

    def _chosen(self, user_id: str | None) -> Iterator[_Account]:
        if user_id is None:
            yield from self._accounts.values()
        elif user_id in self._accounts:
            yield self._accounts[user_id]

    def _note_sequence(self, user_id: str, dedup_key: str, sequence: int) -> None:
        sequences = self._accounts.setdefault(user_id, _Account()).sequences
        sequences.pop(dedup_key, None)
        sequences[dedup_key] = sequence
        if len(sequences) > SEQUENCES_KEPT:
            del sequences[next(iter(sequences))]
