"""What other slices tell of, that somebody has to look after, and who keeps it."""

from decimal import Decimal
from typing import Protocol

import attrs

from components.model.platform_reports import Severity


@attrs.frozen(kw_only=True)
class Alarm:
    """
    One thing that somebody has to look after.

    Attributes:
        user_id: Whose account it is about.
        alert_type: Which rule, in a word of the reference, such as `late_fill`.
        message: For people: the user and the desk.
        instrument_id: What it is about; None where it is about the account.
        limit_value: What would have been allowed; None where there is no such number.
        current_value: What is there; None where there is no such number.
    """

    user_id: str
    alert_type: str
    severity: Severity
    message: str
    instrument_id: str | None = None
    limit_value: Decimal | None = None
    current_value: Decimal | None = None


class AlertDesk(Protocol):
    """Who keeps alerts: there is at most one open for each account, type and instrument."""

    def raise_alert(self, alarm: Alarm, *, now_ns: int) -> None:
        """Open an alert, or count one more in the one that is open; it ends by `resolve_alert`, or a day later."""

    def resolve_alert(self, user_id: str, alert_type: str, instrument_id: str | None = None, *, now_ns: int) -> None:
        """Say that an alert's cause is over, where one is open."""
