"""The directory in a file that is written, broken, mended and removed while it is read."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor as real_reactor
from twisted.internet.defer import ensureDeferred

from auth.operator_file_store import LOOK_INTERVAL_S
from auth.user_list_store import FileUserDirectory, load_user_list
from auth.users import ANYBODY, Standing
from components.contract.envelope import NS_PER_S
from components.model.errors import ConfigError
from tests.support.clocked_reactor import ClockedReactor

INACTIVE = Standing(is_active=False)


class Scene:
    """A file of users, and a directory that reads it."""

    def __init__(self, path: Path) -> None:
        self.clock = ClockedReactor(real_reactor)
        self.path = path
        self.write(alice=True)
        self.directory = FileUserDirectory(self.clock, path, now_ns=lambda: int(self.clock.seconds() * NS_PER_S))
        self.directory.start()
        self.told: list[tuple[str, Standing]] = []

    def write(self, *, default: bool = False, **users: bool) -> None:
        """Have this in the file from now on, as a platform would: all of it at once."""
        said = {
            "default": {"active": default},
            "users": {user: {"active": is_active} for user, is_active in users.items()},
        }
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(said))
        new.replace(self.path)

    def watch(self, user_id: str) -> None:
        """Note what else is said of a user from now on."""
        self.directory.watch(user_id, lambda standing: self.told.append((user_id, standing)))

    async def look(self) -> None:
        """Let the directory look, and read the file where it has changed."""
        self.clock.advance(LOOK_INTERVAL_S)
        await self.clock.conditions.when(lambda: not self.is_reading)

    @property
    def is_reading(self) -> bool:
        """Whether the file is being read."""
        looking = self.directory._watch._looking
        return looking is not None and looking.call is None

    @property
    def health(self) -> dict[str, object]:
        """How the directory is."""
        (part,) = self.directory.health()
        return part


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A scene whose directory looks no more at its end."""
    made = Scene(tmp_path / "users.json")
    yield made
    made.directory.stop()


@pytest_twisted.ensureDeferred
async def test_the_file_says_who_may_come_in(scene: Scene) -> None:
    """Whoever is not named is as the default."""
    assert await ensureDeferred(scene.directory.find("alice")) == ANYBODY
    assert await ensureDeferred(scene.directory.find("bob")) == INACTIVE
    assert scene.directory.last_known("bob") == INACTIVE
    assert scene.health == {"name": "users", "state": "up", "reason": "", "age_ms": None}


@pytest_twisted.ensureDeferred
async def test_a_change_counts_at_once_and_is_told_of_those_who_are_watched(scene: Scene) -> None:
    """Who is as before is not told, and who is watched no more neither."""
    for user_id in ("alice", "bob", "carl"):
        scene.watch(user_id)
    scene.directory.forget("carl")
    scene.write(alice=False, carl=True)
    await scene.look()

    assert scene.told == [("alice", INACTIVE)]
    assert scene.directory.last_known("carl") == ANYBODY

    scene.write(alice=False, bob=True)
    await scene.look()

    assert scene.told == [("alice", INACTIVE), ("bob", ANYBODY)]


@pytest_twisted.ensureDeferred
async def test_a_broken_file_changes_nothing_and_is_told_of(scene: Scene) -> None:
    """For as long as it is broken; a good one makes all well again."""
    scene.watch("alice")
    scene.path.write_text('{"default": {"active": false}, "users": {')
    await scene.look()
    broken = scene.health
    await scene.look()
    scene.path.unlink()
    await scene.look()
    gone = scene.health

    assert scene.directory.last_known("alice") == ANYBODY
    assert scene.told == []
    reason = "the file of users cannot be used; those of the last good one are"
    assert broken == {"name": "users", "state": "degraded", "reason": reason, "age_ms": 1000}
    assert gone == {"name": "users", "state": "degraded", "reason": reason, "age_ms": 3000}

    scene.write(alice=False)
    await scene.look()

    assert scene.health["state"] == "up"
    assert scene.told == [("alice", INACTIVE)]


@pytest_twisted.ensureDeferred
async def test_a_file_in_its_place_that_is_no_younger_is_read(scene: Scene) -> None:
    """What a backup brings back has the time of then."""
    before = scene.path.stat()
    scene.write(alice=True, dora=True)
    os.utime(scene.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    await scene.look()

    assert scene.directory.last_known("dora") == ANYBODY


def test_at_the_start_there_is_no_last_good_one(tmp_path: Path) -> None:
    """The one line names the file, and what is wrong with it."""
    path = tmp_path / "users.json"
    with pytest.raises(ConfigError, match=r"users\.json: cannot read the users: No such file"):
        FileUserDirectory(ClockedReactor(real_reactor), path, now_ns=lambda: 0)
    path.write_text("[]")

    with pytest.raises(ConfigError, match=r"users\.json: expected an object with default and users"):
        load_user_list(path)
