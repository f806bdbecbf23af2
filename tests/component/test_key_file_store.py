"""Files of keys on a real disk: what is read when."""

import os
from pathlib import Path

import pytest

from auth.key_file_store import KeyFileStore
from components.model.errors import ConfigError
from tests.support.key_issuer import KeyIssuer, secret_jwks
from tests.support.tokens import SECRET

ISSUER = KeyIssuer("a", "b")


def names(store: KeyFileStore) -> list[str] | None:
    """The names of the keys that a look brought."""
    document = store.read_if_changed()
    return None if document is None else [key.key_id for key in document.keys]


def replace(path: Path, content: bytes) -> None:
    """Put another file in its place, as a careful writer does."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def test_a_file_is_read_once_for_each_content(tmp_path: Path) -> None:
    """Nothing is read again until it changes; a file in its place, of the same length or not, is a change."""
    path = tmp_path / "keys.json"
    path.write_bytes(ISSUER.jwks("a"))
    store = KeyFileStore(path)

    looks = [names(store), names(store)]
    replace(path, ISSUER.jwks("b"))
    looks += [names(store), names(store)]
    path.write_bytes(ISSUER.jwks("a", "b"))
    looks += [names(store), names(store)]

    assert looks == [["a"], None, ["b"], None, ["a", "b"], None]


def test_a_link_to_another_file_is_another_file(tmp_path: Path) -> None:
    """Mounted secrets are swapped by a link to another folder."""
    for kid in "ab":
        (tmp_path / kid).mkdir()
        (tmp_path / kid / "keys.json").write_bytes(ISSUER.jwks(kid))
    link = tmp_path / "current"
    link.symlink_to(tmp_path / "a")
    store = KeyFileStore(link / "keys.json")
    first = names(store)

    (tmp_path / "next").symlink_to(tmp_path / "b")
    (tmp_path / "next").replace(link)

    assert (first, names(store)) == (["a"], ["b"])


def test_pem_is_read_as_well(tmp_path: Path) -> None:
    """Its keys have no names of their issuer's."""
    path = tmp_path / "keys.pem"
    path.write_bytes(ISSUER.pem("a", "b"))

    document = KeyFileStore(path).read_if_changed()

    assert document is not None
    assert [key.is_named for key in document.keys] == [False, False]


def test_what_is_broken_is_told_once_and_read_again_when_it_changes(tmp_path: Path) -> None:
    """A file that vanishes, and one whose writer is in the middle of it, are each one error."""
    path = tmp_path / "keys.json"
    path.write_bytes(ISSUER.jwks("a"))
    store = KeyFileStore(path)
    names(store)

    path.unlink()
    with pytest.raises(ConfigError, match="cannot read the keys: No such file or directory"):
        names(store)
    assert names(store) is None
    path.write_bytes(ISSUER.jwks("a")[:-9])
    with pytest.raises(ConfigError, match=str(path)):
        names(store)
    assert names(store) is None
    path.write_bytes(ISSUER.jwks("a"))

    assert names(store) == ["a"]


def test_a_secret_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A JWK Set with secrets that others can read is refused; after a chmod it is read without another change."""
    path = tmp_path / "secrets.json"
    path.write_bytes(secret_jwks(old=SECRET))
    path.chmod(0o640)
    store = KeyFileStore(path)

    with pytest.raises(ConfigError, match="received mode 0640"):
        names(store)
    path.chmod(0o600)

    assert names(store) == ["old"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """Neither a folder nor a pipe, which nobody writes to, is waited for."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(ConfigError, match="received something else"):
        names(KeyFileStore(pipe))
    with pytest.raises(ConfigError, match="Is a directory"):
        names(KeyFileStore(tmp_path))
