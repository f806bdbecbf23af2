"""The secret's places: the environment, or a file that only its owner can read."""

import os
import stat
from pathlib import Path

import pytest

from auth.secret_store import load_or_make_development_secret, load_secret, read_secret_file
from components.model.errors import ConfigError

SECRET = "0123456789abcdef0123456789abcdef"
VARIABLE = "TAPECAST_JWT_SECRET"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file with a secret in it."""
    path = tmp_path / "jwt.secret"
    path.touch(mode=0o600)
    path.write_text(SECRET + "\n")
    return path


def test_the_environment_goes_before_the_file(kept: Path) -> None:
    """A secret in the environment is the one that counts."""
    secret = load_secret({VARIABLE: "x" * 32}, variable=VARIABLE, path=kept)

    assert secret == b"x" * 32


@pytest.mark.parametrize("environ", [{}, {VARIABLE: ""}])
def test_without_a_variable_the_file_is_read(kept: Path, environ: dict[str, str]) -> None:
    """An empty variable is none, and the end of the line in a file is no part of the secret."""
    assert load_secret(environ, variable=VARIABLE, path=kept) == SECRET.encode()


@pytest.mark.parametrize(
    ("environ", "told"), [({}, "is not set"), ({VARIABLE: ""}, "is not set"), ({VARIABLE: "x" * 31}, "received 31")]
)
def test_a_missing_or_short_variable_is_named(environ: dict[str, str], told: str) -> None:
    """The operator reads which variable it is."""
    with pytest.raises(ConfigError, match=VARIABLE) as raised:
        load_secret(environ, variable=VARIABLE, path=None)

    assert told in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_can_use_is_refused(kept: Path, mode: int) -> None:
    """A secret that others may have read is none."""
    kept.chmod(mode)

    with pytest.raises(ConfigError, match=f"only its owner.*{mode:04o}"):
        read_secret_file(kept)


def test_a_short_file_is_refused_by_name(kept: Path) -> None:
    """A file that is cut short is named, and its content is not."""
    kept.write_text("0123456789")

    with pytest.raises(ConfigError, match=r"jwt\.secret: expected 32 bytes or more, received 10") as raised:
        load_or_make_development_secret(kept.parent)

    assert "0123456789" not in str(raised.value).replace(str(kept), "")


def test_a_directory_or_nothing_in_its_place_is_an_error_of_the_operator(tmp_path: Path) -> None:
    """What cannot be read is told in one line."""
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(ConfigError, match=f"{path}: cannot read the secret"):
            read_secret_file(path)


def test_a_development_secret_is_made_once(tmp_path: Path) -> None:
    """The first start makes the file, for its owner alone; every later one reads the same."""
    made = load_or_make_development_secret(tmp_path)
    again = load_or_make_development_secret(tmp_path)

    path = tmp_path / "jwt.secret"
    assert len(made) >= 32
    assert made == again == path.read_bytes() == load_secret({VARIABLE: path.read_text()}, variable=VARIABLE, path=None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["jwt.secret"]  # noqa: PTH208 - names, as the operator sees them


def test_every_data_directory_has_a_secret_of_its_own(tmp_path: Path) -> None:
    """No two nodes share a development secret."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    assert load_or_make_development_secret(first) != load_or_make_development_secret(second)


def test_of_two_processes_that_start_together_one_makes_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another process was faster, its secret is taken, and nothing is left behind."""
    monkeypatch.setattr(Path, "exists", lambda _path: False)

    first = load_or_make_development_secret(tmp_path)
    second = load_or_make_development_secret(tmp_path)

    assert first == second
    assert [path.name for path in tmp_path.iterdir()] == ["jwt.secret"]


def test_a_data_directory_that_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    """Without its directory there is no secret, and the line says where it should have been."""
    with pytest.raises(ConfigError, match=r"nowhere/jwt\.secret: cannot keep a secret here"):
        load_or_make_development_secret(tmp_path / "nowhere")
