"""What is wrong with a node: once for each cause, and not for what is over at once."""

import pytest

from components.admin.node_watch import (
    CALM_WINDOW_NS,
    DEGRADED_AFTER_NS,
    MOST_REFUSALS,
    MOST_REFUSED_JOINS,
    RECOVERED_AFTER_NS,
    SETTLED_AFTER_NS,
    SURGE_WINDOW_NS,
    Look,
    NodeWatch,
)
from components.contract.envelope import NS_PER_S
from components.model.node_state import NodeState
from tests.support.watched_node import node_state, part

UP = node_state(part("market"), part("feed:sim"))
AWAY = node_state(part("market", "down", "it is silent"))
SLOW = node_state(part("market"), part("feed:sim", "degraded", "silent"))


class Watched:
    """A node that is looked at, with a clock in the test's hands."""

    def __init__(self) -> None:
        self.watch = NodeWatch(now_ns=0)
        self.now_ns = 0

    def look(self, state: NodeState, after_ns: int = NS_PER_S) -> Look:
        """Look once more, so much later."""
        self.now_ns += after_ns
        return self.watch.look(state, now_ns=self.now_ns)


@pytest.fixture
def node() -> Watched:
    """A node that has just begun."""
    return Watched()


@pytest.fixture
def running() -> Watched:
    """A node whose parts have been up for long."""
    node = Watched()
    node.look(UP)
    node.look(UP, SETTLED_AFTER_NS)
    return node


def said(look: Look) -> dict[str, tuple[str, str, str]]:
    """What is wrong, by key."""
    return {key: (one.alert_type.value, one.severity.value, one.message) for key, one in look.troubles.items()}


def test_nothing_is_missed_while_a_node_comes_up(node: Watched) -> None:
    """What has not reported yet is no trouble for a minute, and is one from then on."""
    waiting = node_state(part("market", "down", "it has not reported yet"))

    early, last, late = node.look(waiting), node.look(waiting, SETTLED_AFTER_NS - 2 * NS_PER_S), node.look(waiting)

    assert (early.troubles, last.troubles, last.is_settled, late.is_settled) == ({}, {}, False, True)
    assert said(late) == {"part:market": ("part_down", "critical", "market is down: it has not reported yet")}


def test_a_part_that_was_up_is_missed_at_once(node: Watched) -> None:
    """It takes no minute for what has been there before."""
    node.look(UP)

    look = node.look(AWAY)

    assert said(look) == {"part:market": ("part_down", "critical", "market is down: it is silent")}
    assert look.recovered == {}


@pytest.mark.parametrize(
    ("name", "severity"), [("trading", "critical"), ("journal:trading", "critical"), ("feed:sim", "error")]
)
def test_how_bad_it_is_depends_on_the_part(running: Watched, name: str, severity: str) -> None:
    """Processes and journals are vital, a feed has others beside it."""
    look = running.look(node_state(part("market"), part(name, "down", "gone")))

    assert look.troubles[f"part:{name}"].severity == severity


def test_a_degraded_part_is_given_time(running: Watched) -> None:
    """What is over within ten seconds nobody is told of; what lasts is a warning."""
    running.look(SLOW)
    early = running.look(SLOW, DEGRADED_AFTER_NS - 1)
    late = running.look(SLOW, 1)

    assert early.troubles == {}
    assert said(late) == {"part:feed:sim": ("part_degraded", "warning", "feed:sim is degraded: silent")}


def test_time_that_was_given_begins_anew(running: Watched) -> None:
    """A part that was up in between has not lasted."""
    running.look(SLOW)
    running.look(UP, DEGRADED_AFTER_NS - 1)
    running.look(SLOW, 1)

    assert running.look(SLOW, DEGRADED_AFTER_NS - 1).troubles == {}


def test_a_part_that_never_came_up_is_told_of_in_the_end(node: Watched) -> None:
    """A feed that connects for ever is a warning once the node has settled."""
    node.look(SLOW)

    assert node.look(SLOW, SETTLED_AFTER_NS - 2 * NS_PER_S).troubles == {}
    assert list(said(node.look(SLOW))) == ["part:feed:sim"]


def test_a_degraded_part_that_goes_down_is_worse(running: Watched) -> None:
    """It is the same cause, and said anew, both ways and at once."""
    running.look(SLOW)
    running.look(SLOW, DEGRADED_AFTER_NS)

    down = running.look(node_state(part("market"), part("feed:sim", "down", "ended")))
    again = running.look(SLOW)

    assert said(down) == {"part:feed:sim": ("part_down", "error", "feed:sim is down: ended")}
    assert said(again) == {"part:feed:sim": ("part_degraded", "warning", "feed:sim is degraded: silent")}


def test_it_is_over_once_it_has_been_up_for_a_while(running: Watched) -> None:
    """A part that flaps is one trouble; after five seconds without a break it is well again."""
    running.look(AWAY)
    flaps = [running.look(state, after_ns) for state, after_ns in ((UP, 1), (UP, RECOVERED_AFTER_NS - 1), (AWAY, 1))]
    running.look(UP)
    well = running.look(UP, RECOVERED_AFTER_NS)

    assert [list(look.troubles) for look in flaps] == [["part:market"]] * 3
    assert well.troubles == {}
    assert well.recovered == {"part:market": "market is up again", "part:feed:sim": "feed:sim is up again"}


def test_what_a_process_takes_with_it_is_no_cause(running: Watched) -> None:
    """Its feeds are not known of while it is away, whatever they were before."""
    running.look(SLOW)
    running.look(SLOW, DEGRADED_AFTER_NS)

    look = running.look(AWAY)

    assert list(look.troubles) == ["part:market"]
    assert look.recovered == {}


def test_the_router_is_not_told_of(running: Watched) -> None:
    """It is down while it stops, and whoever listens is told so in another way."""
    stopping = node_state(part("market"))

    look = running.watch.look(
        NodeState(
            parts=(part("router", "down", "it is stopping"), *stopping.parts[1:]),
            restarts={},
            refusals={},
            refused_joins={},
        ),
        now_ns=running.now_ns,
    )

    assert look.troubles == {}


@pytest.mark.parametrize(("state", "severity"), [("degraded", "warning"), ("down", "critical")])
def test_old_keys_have_a_name_of_their_own(running: Watched, state: str, severity: str) -> None:
    """Who signs people in is not reached: that is another's work than a feed is."""
    old = node_state(part("market"), part("feed:sim"), part("keys", state, "they are 3 hours old"))
    running.look(old)

    look = running.look(old, DEGRADED_AFTER_NS)

    assert said(look) == {"part:keys": ("keys_old", severity, f"keys is {state}: they are 3 hours old")}


def test_a_restart_is_told_of_once(running: Watched) -> None:
    """A container that comes back before it is missed has ended all the same."""
    quick = node_state(part("market"), part("feed:sim"), restarts={"market": 1})

    first, second = running.look(quick), running.look(quick)

    (incident,) = first.incidents
    assert (incident.key, incident.alert_type, incident.severity) == (
        "restart:market",
        "container_restarted",
        "warning",
    )
    assert incident.message == "market ended and was started again"
    assert (first.troubles, second.incidents) == ({}, ())


def test_a_restart_that_was_missed_is_one_cause(running: Watched) -> None:
    """That it is down has been said; that it began anew is the end of that."""
    running.look(AWAY)

    look = running.look(node_state(part("market"), part("feed:sim"), restarts={"market": 1}))

    assert (list(look.troubles), look.incidents) == (["part:market"], ())


def test_a_restart_of_what_has_no_part_is_told_of(running: Watched) -> None:
    """A process may report before the node tells of it."""
    look = running.look(node_state(restarts={"trading": 1}))

    assert [one.key for one in look.incidents] == ["restart:trading"]


@pytest.mark.parametrize(
    ("what", "most", "kind", "words"),
    [
        ("refusals", MOST_REFUSALS, "refusals_surge", "requests were refused as x within 10 s"),
        ("joins", MOST_REFUSED_JOINS, "joins_refused", "joins were refused as x within 10 s"),
    ],
)
def test_a_surge_is_so_many_in_a_window(node: Watched, what: str, most: int, kind: str, words: str) -> None:
    """One less is none; what came before the window does not count; the words stay while it goes on."""

    def counted(count: int) -> NodeState:
        return node_state(**{what: {"x": count}})

    node.look(counted(10_000))
    less = node.look(counted(10_000 + most - 1))
    old = node.look(counted(10_000 + most), SURGE_WINDOW_NS)
    surge = node.look(counted(10_000 + 2 * most))
    more = node.look(counted(10_000 + 3 * most))

    assert (less.troubles, old.troubles) == ({}, {})
    assert said(surge) == {f"{what}:x": (kind, "warning", f"{most + 1} {words}")}
    assert said(more) == said(surge)


def test_a_surge_is_over_when_it_has_been_calm(running: Watched) -> None:
    """Fewer than that in the last minute."""
    running.look(node_state(refusals={"x": 0}))
    running.look(node_state(refusals={"x": MOST_REFUSALS}))

    during = running.look(node_state(refusals={"x": MOST_REFUSALS}), CALM_WINDOW_NS - NS_PER_S)
    after = running.look(node_state(refusals={"x": MOST_REFUSALS}))

    assert (list(during.troubles), after.troubles) == (["refusals:x"], {})


def test_what_was_counted_before_the_first_look_is_no_surge(node: Watched) -> None:
    """Nobody knows over how long it came."""
    assert node.look(node_state(refusals={"x": 10_000})).troubles == {}


def test_a_limit_that_refuses_for_the_first_time_counts_from_none(running: Watched) -> None:
    """Its name was not there before: it had refused nothing."""
    assert list(running.look(node_state(refusals={"x": MOST_REFUSALS})).troubles) == ["refusals:x"]


def test_no_more_than_a_minute_is_remembered(node: Watched) -> None:
    """However long it watches, it holds one reading more than the window has."""
    for _ in range(200):
        node.look(UP)

    assert len(node.watch._counts) == CALM_WINDOW_NS // NS_PER_S + 1
