"""What the processes of the node use, and how often they began anew."""

import attrs
import pytest

from components.contract.envelope import NS_PER_S
from components.model.processes import ProcessReading
from router.processes import LONGEST_SILENCE_NS, Processes

READING = ProcessReading(pid=42, uptime_ns=90 * NS_PER_S, cpu_ns=5 * NS_PER_S, memory_bytes=1 << 27)


@pytest.fixture
def processes() -> Processes:
    """Of a node that has one container."""
    return Processes(("router", "market"))


def body(processes: Processes, now_ns: int) -> dict[str, object]:
    (one,) = processes.bodies(now_ns=now_ns)
    return one


def test_a_first_reading_has_no_share_of_a_core(processes: Processes) -> None:
    """How much it computes now is only known from the second reading on."""
    processes.take("market", READING, now_ns=0)

    assert body(processes, 0) == {
        "process": "market",
        "pid": 42,
        "uptime_s": 90,
        "restarts": 0,
        "cpu_percent": None,
        "memory_bytes": 1 << 27,
    }


def test_the_share_of_a_core_is_of_the_last_two_readings(processes: Processes) -> None:
    """A quarter of a second in a second is 25 %, and on several cores it may be more than a hundred."""
    processes.take("market", READING, now_ns=0)
    processes.take("market", attrs.evolve(READING, cpu_ns=READING.cpu_ns + NS_PER_S // 4), now_ns=NS_PER_S)
    quarter = body(processes, NS_PER_S)["cpu_percent"]
    processes.take("market", attrs.evolve(READING, cpu_ns=READING.cpu_ns + 2 * NS_PER_S), now_ns=2 * NS_PER_S)

    assert (quarter, body(processes, 2 * NS_PER_S)["cpu_percent"]) == (25.0, 175.0)


def test_two_readings_at_one_time_are_one(processes: Processes) -> None:
    """Nothing is divided by no time."""
    processes.take("market", READING, now_ns=0)
    processes.take("market", attrs.evolve(READING, cpu_ns=READING.cpu_ns + 1), now_ns=0)

    assert body(processes, 0)["cpu_percent"] is None


def test_another_process_is_a_restart(processes: Processes) -> None:
    """What it has computed begins anew with it, so that it has no share at first."""
    processes.take("market", READING, now_ns=0)
    processes.take("market", attrs.evolve(READING, pid=43, cpu_ns=0), now_ns=NS_PER_S)

    assert body(processes, NS_PER_S)["cpu_percent"] is None
    assert processes.restarts == {"market": 1}


def test_whoever_is_silent_is_not_told(processes: Processes) -> None:
    """What a process uses that has not spoken for three seconds nobody knows."""
    processes.take("market", READING, now_ns=0)

    assert len(processes.bodies(now_ns=LONGEST_SILENCE_NS)) == 1
    assert processes.bodies(now_ns=LONGEST_SILENCE_NS + 1) == []


def test_whoever_is_not_expected_is_passed_over(processes: Processes) -> None:
    """Only the node's own processes are kept."""
    processes.take("other", READING, now_ns=0)

    assert (processes.bodies(now_ns=0), processes.restarts) == ([], {})
