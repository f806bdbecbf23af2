"""The file of service accounts while the gateway runs: a change counts within a second, a broken one not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
from twisted.internet.task import Clock
from twisted.logger import capturedLogs

from auth.operator_file_store import LOOK_INTERVAL_S
from auth.service_key_store import ServiceKeyStore, load_service_keys
from auth.service_keys import ServiceKeys
from components.model.errors import ConfigError
from tests.support.service_accounts import KeyPair, write_accounts


@attrs.define
class Kept:
    """A store, and what it told."""

    path: Path
    clock: Clock
    store: ServiceKeyStore
    told: list[ServiceKeys] = attrs.field(factory=list)

    @property
    def names(self) -> list[str]:
        """Who is let in now."""
        return [one.name for one in self.store.keys.accounts]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """A store of one account, that looks at its file."""
    clock = Clock()
    path = write_accounts(tmp_path / "services.json", KeyPair(1).account("platform"))
    running = Kept(path, clock, ServiceKeyStore(path, clock))
    running.store.start(on_change=running.told.append)
    yield running
    running.store.stop()
    assert not clock.getDelayedCalls()


def test_a_change_counts_within_a_second(kept: Kept) -> None:
    """Who is new is let in, and who is to be told of it is told once."""
    write_accounts(kept.path, KeyPair(1).account("platform"), KeyPair(2).account("ops", "admin"))
    assert kept.names == ["platform"]

    kept.clock.pump([LOOK_INTERVAL_S] * 3)

    assert kept.names == ["platform", "ops"]
    assert kept.told == [kept.store.keys]


def test_the_same_again_is_no_change(kept: Kept) -> None:
    """A file that was only touched is nobody's news."""
    write_accounts(kept.path, KeyPair(1).account("platform"))

    kept.clock.advance(LOOK_INTERVAL_S)

    assert kept.told == []


@pytest.mark.parametrize("damage", ["nonsense", "gone", "writable", "pipe"])
def test_a_broken_file_changes_nothing(kept: Kept, damage: str) -> None:
    """Nobody is let in or out by a slip of the pen; the operator is told once, and again that it is mended."""
    if damage == "nonsense":
        kept.path.write_text("[")
    elif damage == "gone":
        kept.path.unlink()
    elif damage == "writable":
        kept.path.chmod(0o666)
    else:
        kept.path.unlink()
        os.mkfifo(kept.path)

    with capturedLogs() as events:
        kept.clock.pump([LOOK_INTERVAL_S] * 3)

    assert [event["event"] for event in events] == ["service_keys_refused"]
    assert kept.names == ["platform"]
    (part,) = kept.store.health()
    assert (part["name"], part["state"]) == ("service-keys", "degraded")
    kept.path.unlink(missing_ok=True)
    write_accounts(kept.path)
    kept.clock.advance(LOOK_INTERVAL_S)
    assert kept.names == []
    assert kept.store.health() == [{"name": "service-keys", "state": "up", "reason": "", "age_ms": None}]


def test_a_file_that_cannot_be_used_at_the_start_is_named(tmp_path: Path) -> None:
    """The line has the path, and what was expected."""
    with pytest.raises(ConfigError, match=rf"{tmp_path}/none: cannot read the service accounts: No such file"):
        load_service_keys(tmp_path / "none")
    path = write_accounts(tmp_path / "services.json", {"name": "x"})
    with pytest.raises(ConfigError, match=rf"{path}: account 1: expected an object"):
        load_service_keys(path)
    path.chmod(0o664)
    with pytest.raises(ConfigError, match="received mode 0664; chmod go-w"):
        load_service_keys(path)


def test_a_store_that_never_looked_can_be_stopped(tmp_path: Path) -> None:
    """It has no timer."""
    store = ServiceKeyStore(write_accounts(tmp_path / "services.json"), Clock())

    store.stop()

    assert store.keys.accounts == ()
