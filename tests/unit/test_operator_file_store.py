"""Files that an operator keeps: read without waiting, bounded, and known again."""

import os
from pathlib import Path

import pytest

from auth.operator_file_store import read_operator_file, version_of
from components.model.errors import ConfigError


def test_content_and_mode_are_told(tmp_path: Path) -> None:
    """And one byte more than was asked for, so that whoever reads sees that it is too long."""
    path = tmp_path / "users"
    path.write_bytes(b"0123456789")
    path.chmod(0o640)

    content = read_operator_file(path, what="users", most_bytes=4)

    assert (content.data, content.mode) == (b"01234", 0o640)
    assert (content.is_open_to(0o040), content.is_open_to(0o027)) == (True, False)


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to, a directory, and nothing at all."""
    os.mkfifo(tmp_path / "pipe")
    for name, text in (
        ("pipe", "pipe: expected a file with the users"),
        ("", "cannot read the users: Is a directory"),
        ("none", "none: cannot read the users: No such file"),
    ):
        with pytest.raises(ConfigError, match=text):
            read_operator_file(tmp_path / name, what="users", most_bytes=4)


def test_a_version_is_of_the_file_and_its_content(tmp_path: Path) -> None:
    """Another file under the name, another length and no file each have their own; to read it changes nothing."""
    path, other = tmp_path / "users", tmp_path / "others"
    versions = [version_of(path)]
    path.write_text("a")
    versions.append(version_of(path))
    path.write_text("bb")
    versions.append(version_of(path))
    other.write_text("bb")
    other.replace(path)
    versions.append(version_of(path))

    path.read_text()

    assert len(set(versions)) == len(versions)
    assert version_of(path) == versions[-1]
