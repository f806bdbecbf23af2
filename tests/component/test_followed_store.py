"""The file with what operators added and removed."""

import stat
from pathlib import Path

import pytest

from components.marketdata.followed_store import FOLLOWED_FILE_NAME, FollowedStore
from components.model.errors import ConfigError

CONFIGURED = {"binance": ("BTCUSDT", "ETHUSDT"), "sim": ("BTCUSDT",)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / FOLLOWED_FILE_NAME


def test_without_a_file_the_settings_are_followed(path: Path) -> None:
    """A first start follows what is configured, and writes nothing."""
    assert FollowedStore(path, CONFIGURED).followed("binance") == ("BTCUSDT", "ETHUSDT")
    assert not path.exists()


def test_a_new_start_follows_what_was_kept(path: Path) -> None:
    """Each venue has its own changes, and the settings' own changes count besides."""
    FollowedStore(path, CONFIGURED).keep("binance", ("ETHUSDT", "SOLUSDT"))

    store = FollowedStore(path, {**CONFIGURED, "binance": ("BTCUSDT", "ETHUSDT", "XRPUSDT")})

    assert store.followed("binance") == ("ETHUSDT", "XRPUSDT", "SOLUSDT")
    assert store.followed("sim") == ("BTCUSDT",)


def test_the_file_is_its_owners_and_nothing_is_left_beside_it(path: Path) -> None:
    """It holds differences only, as text that one can read and correct."""
    FollowedStore(path, CONFIGURED).keep("binance", ("ETHUSDT", "SOLUSDT"))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert path.read_text().split() == (
        ["{", '"binance":', "{", '"added":', "[", '"SOLUSDT"', "],", '"removed":', "[", '"BTCUSDT"', "]", "}", "}"]
    )


def test_changes_of_a_venue_that_has_no_feed_now_are_kept(path: Path) -> None:
    """Whoever tries the simulated market for an hour loses nothing of the live one's instruments."""
    FollowedStore(path, CONFIGURED).keep("binance", ())
    FollowedStore(path, {"sim": ()}).keep("sim", ("BTCUSDT",))

    assert FollowedStore(path, CONFIGURED).followed("binance") == ()


def test_what_is_as_configured_again_is_no_change(path: Path) -> None:
    """A venue without differences is not in the file."""
    store = FollowedStore(path, CONFIGURED)
    store.keep("binance", ("BTCUSDT",))
    store.keep("binance", ("BTCUSDT", "ETHUSDT"))

    assert path.read_text() == "{}\n"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"binance": []}',
        '{"binance": {"added": "BTCUSDT"}}',
        '{"binance": {"add": []}}',
        '{"binance": {"removed": ["BTC/USDT"]}}',
    ],
)
def test_a_file_of_another_form_is_the_operators_error(path: Path, content: str) -> None:
    """The text names the file and what can be done."""
    path.write_text(content)

    with pytest.raises(ConfigError, match=rf"{FOLLOWED_FILE_NAME}: expected .* delete it"):
        FollowedStore(path, CONFIGURED)


def test_a_file_that_cannot_be_read_is_the_operators_error(path: Path) -> None:
    """A folder in its place cannot be read."""
    path.mkdir()

    with pytest.raises(ConfigError, match="cannot be read"):
        FollowedStore(path, CONFIGURED)


def test_what_cannot_be_written_leaves_the_file_as_it_was(path: Path) -> None:
    """The error is told, and no half of a file stays behind."""
    store = FollowedStore(path, CONFIGURED)
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        store.keep("binance", ())

    assert list(path.parent.iterdir()) == [path]
