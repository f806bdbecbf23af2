"""Which alerts open, and which are resolved."""

import pytest

from components.admin.node_watch import AlertType, Look, Trouble
from components.admin.operational_alerts import AlertOpened, AlertResolved, OperationalAlerts, encode_fact
from components.contract.envelope import Payload
from components.model.platform_reports import Severity
from tests.support.watched_node import seconds

WARNED = Trouble(
    key="part:feed:sim",
    alert_type=AlertType.PART_DEGRADED,
    severity=Severity.WARNING,
    message="feed:sim is degraded: silent",
)
WORSE = Trouble(
    key="part:feed:sim", alert_type=AlertType.PART_DOWN, severity=Severity.ERROR, message="feed:sim is down: ended"
)
RESTART = Trouble(
    key="restart:market",
    alert_type=AlertType.CONTAINER_RESTARTED,
    severity=Severity.WARNING,
    message="market ended and was started again",
)


def look(
    *troubles: Trouble,
    recovered: dict[str, str] | None = None,
    incidents: tuple[Trouble, ...] = (),
    is_settled: bool = True,
) -> Look:
    """What was seen."""
    return Look(
        troubles={one.key: one for one in troubles},
        recovered=recovered or {},
        incidents=incidents,
        is_settled=is_settled,
    )


@pytest.fixture
def alerts() -> OperationalAlerts:
    """None is open."""
    return OperationalAlerts()


def told(alerts: OperationalAlerts, seen: Look, at_s: int = 1) -> list[Payload]:
    """What is told of a look."""
    return [payload for _, payload in alerts.take_in(seen, now_ns=seconds(at_s))]


def test_what_is_wrong_opens_once(alerts: OperationalAlerts) -> None:
    """The first look tells all of it, the next ones nothing."""
    first = told(alerts, look(WARNED))
    second = told(alerts, look(WARNED), at_s=2)

    assert first == [
        {
            "type": "operational",
            "severity": "warning",
            "at": "1970-01-01T00:00:01.000000Z",
            "alert_type": "part_degraded",
            "state": "open",
            "dedup_key": "part:feed:sim",
            "since": "1970-01-01T00:00:01.000000Z",
            "message": "feed:sim is degraded: silent",
        }
    ]
    assert (second, alerts.open_bodies()) == ([], first)


def test_what_gets_worse_is_told_again(alerts: OperationalAlerts) -> None:
    """It is the same alert, as long as it was; that it gets better is not told until it is well."""
    told(alerts, look(WARNED))
    (worse,) = told(alerts, look(WORSE), at_s=2)
    better = told(alerts, look(WARNED), at_s=3)

    assert (worse["severity"], worse["alert_type"], worse["state"]) == ("error", "part_down", "open")
    assert (worse["since"], worse["at"]) == ("1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:02.000000Z")
    assert better == []


def test_what_is_well_is_resolved_once(alerts: OperationalAlerts) -> None:
    """With the words for it, and how long it was open."""
    told(alerts, look(WARNED))
    well = look(recovered={WARNED.key: "feed:sim is up again"})
    (resolved,) = told(alerts, well, at_s=9)

    assert (resolved["state"], resolved["message"]) == ("resolved", "feed:sim is up again")
    assert (resolved["since"], resolved["at"]) == ("1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:09.000000Z")
    assert (told(alerts, well, at_s=10), alerts.open_bodies()) == ([], [])


def test_what_is_not_known_of_any_more_is_resolved(alerts: OperationalAlerts) -> None:
    """Another cause is told of then; the words say that nothing is known."""
    told(alerts, look(WARNED))

    (resolved,) = told(alerts, look())

    assert (resolved["state"], resolved["message"]) == ("resolved", "nothing more is known of it")


def test_a_node_that_comes_up_leaves_open_what_it_cannot_judge(alerts: OperationalAlerts) -> None:
    """Until it has settled, only what is known to be well is resolved."""
    told(alerts, look(WARNED))

    assert told(alerts, look(is_settled=False)) == []
    assert len(told(alerts, look(recovered={WARNED.key: "up"}, is_settled=False))) == 1


def test_what_happened_and_is_over_is_noted(alerts: OperationalAlerts) -> None:
    """Nothing of it stays open, and no fact is written down."""
    (noted,) = alerts.take_in(look(incidents=(RESTART,)), now_ns=seconds(1))

    assert noted[0] is None
    assert (noted[1]["state"], noted[1]["alert_type"]) == ("noted", "container_restarted")
    assert alerts.open_bodies() == []


def test_the_longest_open_is_told_first(alerts: OperationalAlerts) -> None:
    """Whoever comes later sees since when each is open."""
    other = AlertOpened(
        key="a", alert_type=AlertType.KEYS_OLD, severity=Severity.ERROR, message="", since_ns=seconds(1)
    )
    told(alerts, look(WARNED), at_s=2)
    alerts.apply_record(encode_fact(other))

    assert [one["dedup_key"] for one in alerts.open_bodies()] == ["a", "part:feed:sim"]


def test_facts_make_the_same_of_another(alerts: OperationalAlerts) -> None:
    """What a journal kept, fact by fact or as a checkpoint, is what was open."""
    facts = [fact for seen in (look(WARNED), look(WORSE)) for fact, _ in alerts.take_in(seen, now_ns=seconds(1))]
    again, restored = OperationalAlerts(), OperationalAlerts()
    for fact in facts:
        assert fact is not None
        again.apply_record(encode_fact(fact))
    restored.restore(alerts.checkpoint())

    assert again.open_bodies() == restored.open_bodies() == alerts.open_bodies() != []
    again.apply_record(encode_fact(AlertResolved(key=WARNED.key)))
    again.apply_record(encode_fact(AlertResolved(key=WARNED.key)))
    assert again.open_bodies() == []
