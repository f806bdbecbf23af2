"""Which directory says who may come in, as the operator sets it."""

from pathlib import Path

import pytest

from auth.user_settings import DirectoryChoice, DirectoryKind, UserSettings
from components.model.errors import ConfigError
from components.runtime.settings import Settings


def test_nothing_set_asks_nobody() -> None:
    """Tokens alone say who may come in."""
    settings = UserSettings.from_environment({})

    assert settings == UserSettings()
    assert settings.directory == DirectoryChoice(DirectoryKind.ALL)


@pytest.mark.parametrize(
    ("text", "choice", "setting"),
    [
        ("all", DirectoryChoice(DirectoryKind.ALL), "all"),
        ("file:/etc/users.json", DirectoryChoice(DirectoryKind.FILE, path=Path("/etc/users.json")), None),
        ("file:users.json", DirectoryChoice(DirectoryKind.FILE, path=Path("users.json").absolute()), None),
        ("https://id.example/v1/users/", DirectoryChoice(DirectoryKind.HTTP, url="https://id.example/v1/users"), None),
        ("http://127.0.0.1:9000/u", DirectoryChoice(DirectoryKind.HTTP, url="http://127.0.0.1:9000/u"), None),
    ],
)
def test_each_form_makes_its_choice(text: str, choice: DirectoryChoice, setting: str | None) -> None:
    """And the choice's own text makes the same again, wherever that is read."""
    read = UserSettings.from_environment({"TAPECAST_USERS": text}).directory

    assert read == choice
    assert setting is None or read.setting == setting
    assert UserSettings.from_environment({"TAPECAST_USERS": read.setting}).directory == choice


@pytest.mark.parametrize(
    "text",
    ["none", "file:", "http://id.example/users", "https://", "https://id.example/users?key=1", "ftp://id.example"],
)
def test_anything_else_is_refused(text: str) -> None:
    """One line says what it must be."""
    with pytest.raises(ConfigError, match=r"TAPECAST_USERS=.*: must be all, file:PATH, or an https URL"):
        UserSettings.from_environment({"TAPECAST_USERS": text})


def test_a_password_in_a_url_is_refused_and_not_told() -> None:
    """Error texts end up in logs."""
    with pytest.raises(ConfigError) as raised:
        UserSettings.from_environment({"TAPECAST_USERS": "https://gateway:hunter2@id.example/users"})

    assert "hunter2" not in str(raised.value)


def test_the_secret_of_an_endpoint_shows_nowhere() -> None:
    """Neither in what settings look like, nor where it cannot be used."""
    settings = Settings.from_environment({"TAPECAST_USERS_TOKEN": "hunter2"})
    assert settings.users.token == "hunter2"
    assert "hunter2" not in repr(settings)

    for token in ("hunter2\r\nX-Admin: yes", "hunter2-ü", "hunter2" * 1000):
        with pytest.raises(ConfigError, match="TAPECAST_USERS_TOKEN: expected at most") as raised:
            UserSettings.from_environment({"TAPECAST_USERS_TOKEN": token})
        assert "hunter2" not in str(raised.value)


def test_times_are_whole_seconds() -> None:
    """How long an answer holds, and how long where there is none."""
    settings = UserSettings.from_environment({"TAPECAST_USERS_FRESH_S": "5", "TAPECAST_USERS_KEPT_S": "0"})

    assert (settings.fresh_s, settings.kept_s) == (5, 0)
    with pytest.raises(ConfigError, match="TAPECAST_USERS_FRESH_S='0': must be a whole number from 1 to 3600"):
        UserSettings.from_environment({"TAPECAST_USERS_FRESH_S": "0"})


def test_a_file_that_cannot_be_used_is_found_before_the_start(tmp_path: Path) -> None:
    """The line names the file."""
    path = tmp_path / "users.json"
    settings = Settings.from_environment({"TAPECAST_USERS": f"file:{path}", "TAPECAST_DATA_DIR": str(tmp_path)})

    with pytest.raises(ConfigError, match=r"users\.json: cannot read the users"):
        settings.check()

    path.write_text('{"default": {"active": true}, "users": {}}')
    settings.check()
