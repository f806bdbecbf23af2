"""How fast accounts may send orders: the generic cell rate algorithm, one number for each account."""

from decimal import Decimal

from components.contract.envelope import NS_PER_S
from components.model.errors import RiskLimitExceeded

_FORGET_FROM = 10_000


class OrderRates:
    """
    Count orders and changes of orders by account, as `order_rate` a second with `order_burst` at once.

    Sans-I/O. What was counted does not outlive the process: after a start everybody is as after a rest.

    Shape: by account, the time at which what was counted will have been worked off.
    Units: UNIX nanoseconds.
    Source: ITU-T I.371, annex A, virtual scheduling algorithm.
    """

    def __init__(self) -> None:
        """Begin with everybody at rest."""
        self._worked_off_ns: dict[str, int] = {}

    def check(self, user_id: str, rate: Decimal | None, burst: Decimal | None, *, now_ns: int) -> None:
        """
        Whether an account may send one more now; it is not counted.

        Raises:
            RiskLimitExceeded: It may not.
        """
        if rate is None or burst is None:
            return
        waiting = self.waiting(user_id, rate, now_ns=now_ns)
        if waiting + 1 > burst:
            raise RiskLimitExceeded("order_rate", allowed=f"{burst:f}", requested=str(waiting + 1))

    def count(self, user_id: str, rate: Decimal | None, *, now_ns: int) -> None:
        """One more was sent."""
        if rate is None:
            return
        if len(self._worked_off_ns) >= _FORGET_FROM and user_id not in self._worked_off_ns:
            self._worked_off_ns = {one: free_ns for one, free_ns in self._worked_off_ns.items() if free_ns > now_ns}
        begin_ns = max(now_ns, self._worked_off_ns.get(user_id, 0))
        self._worked_off_ns[user_id] = begin_ns + _interval_ns(rate)

    def waiting(self, user_id: str, rate: Decimal | None, *, now_ns: int) -> int:
        """How many of those that were counted are not worked off yet, at so many a second."""
        if rate is None:
            return 0
        left_ns = self._worked_off_ns.get(user_id, 0) - now_ns
        return -(-left_ns // _interval_ns(rate)) if left_ns > 0 else 0


def _interval_ns(rate: Decimal) -> int:
    return int(NS_PER_S / rate)
