"""The lines that troubleshooting explains against the lines that the commands print."""

import fcntl
import gzip
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from components.marketdata.binance.streams import MAX_INSTRUMENTS
from components.runtime import cli, commands, data_directory
from components.runtime.node_config import CONFIG_NAME
from components.streams import survey_store
from components.streams.sqlite_store import SqliteFile
from tests.support.damaged_journals import change, recorded
from tests.support.documents import Row, code, table
from tests.support.signing import Signer, jwks, new_key, signer, stranger

DOCUMENT = "docs/howto/troubleshooting.md"
NOT_TRIED = {
    "the gateway, process …, did not stop within 20 s; its log may say why": "takes a gateway that hangs",
    "…: cannot be salvaged: …; make room beside it": "takes a full disk, which has a test of its own",
}
"""Why not."""

TOKEN = ("token", "--user", "alice", "--role", "trader")
START, CHECK = ("start",), ("check",)
SECRET = "0123456789abcdef0123456789abcdef"
A_LINE = b"1700000000000000000 {}\n"


@attrs.frozen
class Case:
    """A command, and the settings that it cannot do with, given a directory and a port that is taken."""

    command: tuple[str, ...]
    settings: Callable[[Path, int], Mapping[str, str]]


def setting(**settings: str) -> Case:
    """What `tapecast check` finds in these settings."""
    return Case(CHECK, lambda _directory, _port: settings)


def recording(content: bytes | None) -> Case:
    """What `tapecast check` finds in a recording of this content; None is no file."""

    def prepare(directory: Path, _port: int) -> Mapping[str, str]:
        path = directory / "tape"
        if content is not None:
            path.write_bytes(content)
        return {"FEED": f"replay:{path}"}

    return Case(CHECK, prepare)


def secret_file(make: Callable[[Path], object]) -> Case:
    """What `tapecast token` finds in the secret's file of a data directory."""

    def prepare(directory: Path, _port: int) -> Mapping[str, str]:
        make(directory / "jwt.secret")
        return {"DATA_DIR": str(directory)}

    return Case(TOKEN, prepare)


def write_secret(text: str, mode: int) -> Callable[[Path], None]:
    """Writes a secret's file with a mode."""

    def write(path: Path) -> None:
        path.write_text(text)
        path.chmod(mode)

    return write


def key_files(*contents: bytes, command: tuple[str, ...] = CHECK) -> Case:
    """What a command finds in files of keys."""

    def prepare(directory: Path, _port: int) -> Mapping[str, str]:
        paths = [directory / f"keys-{number}" for number, _ in enumerate(contents)]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content)
        return {"JWT_KEYS": ",".join(map(str, paths)), "DATA_DIR": str(directory)}

    return Case(command, prepare)


def data_file(make: Callable[[Path], object], command: tuple[str, ...]) -> Case:
    """What a command finds in a data directory that something was done to."""

    def prepare(directory: Path, port: int) -> Mapping[str, str]:
        make(directory)
        return {"DATA_DIR": str(directory), "PORT": str(port - 1)}

    return Case(command, prepare)


def make_running(directory: Path, config: str | None) -> Path:
    """Writes what a running gateway keeps in a locked data directory; None is no configuration."""
    (directory / data_directory.LOCK_NAME).write_text("1")
    if config is not None:
        (directory / CONFIG_NAME).write_text(config)
    return directory


def journal(make: Callable[[Path], object], *, is_running: bool = False) -> Case:
    """What `tapecast journal salvage` finds in a data directory, from which a gateway may run."""

    def prepare(directory: Path, _port: int) -> Mapping[str, str]:
        place = directory / "busy" if is_running else directory
        make(place / "trading.journal")
        return {"DATA_DIR": str(place)}

    return Case(("journal", "salvage"), prepare)


def use(path: Path) -> None:
    """Opens a journal, as a process does that goes on using it."""
    USED.append(SqliteFile(path))
    USED[-1].open()


def make_useless(path: Path) -> None:
    """Makes a journal of which nothing can be kept."""
    recorded(path)
    change(path, "DELETE FROM checkpoints", "DELETE FROM records WHERE number < 6")


def make_old(path: Path) -> None:
    """Makes a journal of an earlier version."""
    recorded(path)
    change(path, "PRAGMA user_version = 1")


USED: list[SqliteFile] = []
RECORDING = "TAPECAST_FEED: …: expected a recording (…), but "
CASES = {
    "…: there is no such setting; see docs/reference/settings.md": setting(PROT="80"),
    "…=…: must be …": setting(PORT="eighty"),
    "TAPECAST_PORT: cannot listen on … port …: another program uses it; choose another": Case(
        START, lambda _directory, port: {"PORT": str(port)}
    ),
    "TAPECAST_PORT: cannot listen on … port …: …; choose another": Case(
        START, lambda _directory, _port: {"HOST": "203.0.113.1"}
    ),
    "TAPECAST_METRICS_PORT: cannot listen on … port …: another program uses it; choose another": Case(
        START, lambda _directory, port: {"PORT": str(port - 1), "METRICS_PORT": str(port)}
    ),
    "TAPECAST_DATA_DIR: … is in use by another gateway; stop that one, or choose another": Case(
        START, lambda directory, _port: {"DATA_DIR": str(directory / "busy")}
    ),
    "TAPECAST_DATA_DIR: cannot use …: …": Case(TOKEN, lambda _directory, _port: {"DATA_DIR": "/proc/tapecast"}),
    "TAPECAST_METRICS_PORT: expected another port than TAPECAST_PORT, received …": setting(
        PORT="9000", METRICS_PORT="9000"
    ),
    "TAPECAST_DATA_DIR: expected a directory that only its owner can use, received mode …; chmod 700 … if it is the "
    "gateway's alone, or choose another": data_file(lambda directory: directory.chmod(0o755), TOKEN),
    "…/node.lock: cannot be used: …; look at its owner and mode, or delete it": data_file(
        lambda directory: (directory / "node.lock").mkdir(), START
    ),
    "…/node.lock: expected the running gateway's process id, received something else": Case(
        ("status",), lambda directory, _port: {"DATA_DIR": str(directory / "busy")}
    ),
    "…/config.json: cannot be written: …": data_file(lambda directory: (directory / "config.json").mkdir(), START),
    "…/config.json: cannot be read: …": Case(
        ("status",), lambda directory, _port: {"DATA_DIR": str(make_running(directory / "busy", None))}
    ),
    "…/config.json: expected the configuration of a node, received something else": Case(
        ("status",), lambda directory, _port: {"DATA_DIR": str(make_running(directory / "busy", "{"))}
    ),
    "TAPECAST_DATA_DIR=…: the path of services.sock in it is longer than the 107 bytes that a socket can have; "
    "choose a shorter one": setting(DATA_DIR="/" + 107 * "x"),
    f"{RECORDING}it cannot be read: …": recording(None),
    f"{RECORDING}the file is empty": recording(b""),
    f"{RECORDING}its first line has another form": recording(b"a price\n"),
    f"{RECORDING}the file's gzip data is damaged: …": recording(b"\x1f\x8b" + 20 * b"x"),
    f"{RECORDING}the file is cut off: its gzip data does not end": recording(gzip.compress(A_LINE)[:12]),
    "TAPECAST_INSTRUMENTS: expected at most … instruments for the feed binance, received …": setting(
        FEED="binance", INSTRUMENTS=",".join(f"X{number}" for number in range(MAX_INSTRUMENTS + 1))
    ),
    "…/followed.json: expected the instruments that were added and removed, but …; correct it, or delete it to follow "
    "what the settings say": data_file(lambda directory: (directory / "followed.json").write_text("{"), START),
    "…/followed.json: cannot be read: …; look at its owner and mode": data_file(
        lambda directory: (directory / "followed.json").mkdir(), START
    ),
    "TAPECAST_JWT_SECRET: expected 32 bytes or more, received …; make one with: …": setting(JWT_SECRET="short"),
    "TAPECAST_JWT_SECRET: expected a random secret, received a public key or certificate": setting(
        JWT_SECRET="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHHBOGoi0Kd8Zk7SQJDVmGKd4qZ9kY3v0Dl5Q4wR7s2L"
    ),
    "…/jwt.secret: expected a file that only its owner can use, received mode …; chmod 600, and make a new secret if "
    "others may have read it": secret_file(write_secret(SECRET, 0o644)),
    "…/jwt.secret: cannot read the secret: …": secret_file(lambda path: path.mkdir()),
    "…/jwt.secret: expected 32 bytes or more, received …; make one with: …": secret_file(write_secret("short", 0o600)),
    "…: there is no such journal; look at TAPECAST_DATA_DIR": journal(lambda _path: None),
    "TAPECAST_DATA_DIR: … is in use by a gateway; type: tapecast stop": journal(recorded, is_running=True),
    "…: another process uses this journal; stop that one": journal(use),
    "…: nothing of it can be kept: …; move it away, and all begins anew": journal(make_useless),
    "…: expected a journal of Tapecast, received another database; move it away": journal(
        lambda path: change(path, "CREATE TABLE other (x)")
    ),
    "…: expected a journal of version …, received version …": journal(make_old),
    "user: expected 1 to 128 bytes of printable text": Case(
        ("token", "--user", "", "--role", "trader"), lambda _directory, _port: {}
    ),
    "lifetime_s: expected 1 to … seconds": Case((*TOKEN, "--lifetime-s", "0"), lambda _directory, _port: {}),
    "role: expected one that the role map of the settings has a word for": Case(
        TOKEN, lambda _directory, _port: {"JWT_ROLE_MAP": "ops=admin"}
    ),
    "tokens: the settings ask for what a token of ours does not say: …": Case(
        TOKEN, lambda _directory, _port: {"JWT_REQUIRED_CLAIMS": "scope"}
    ),
    "TAPECAST_JWKS_URL: must be an https URL without a user or password, or an http one on the loopback "
    "interface": setting(JWKS_URL="http://id.example/keys"),
    "TAPECAST_JWT_KEYS and TAPECAST_JWKS_URL have public keys, and nobody signs with those: get a token from their "
    "issuer, or set TAPECAST_JWT_SECRET as well": key_files(signer("ES256").public(), command=TOKEN),
    "…: cannot read the keys: …": setting(JWT_KEYS="/nowhere/keys.pem"),
    "…: expected public keys, received a private key; it belongs to the issuer alone": key_files(
        signer("ES256").private_pem()
    ),
    "…: expected an RSA key of 2048 to 8192 bits, received …": key_files(
        Signer(algorithm="RS256", private=rsa.generate_private_key(65_537, 1024)).public()
    ),
    "…: expected a key on the curve P-256 (ES256), received …": key_files(
        Signer(algorithm="ES384", private=new_key("ES384")).public()
    ),
    "keys of tokens: expected one key of a name, received two called …": key_files(
        *(jwks(one("EdDSA").jwk(kid="k")) for one in (signer, stranger))
    ),
}
"""What leads to each line."""


def rows() -> dict[str, Row]:
    """The document's rows by the line that they explain."""
    return {code(row["line"]): row for row in table(DOCUMENT, "line")}


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A directory in which the data directory `busy` is another gateway's."""
    (tmp_path / "busy").mkdir(mode=0o700)
    with (tmp_path / "busy" / data_directory.LOCK_NAME).open("w") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        yield tmp_path


def test_every_line_that_is_explained_is_tried() -> None:
    """No line of the document is without the case that leads to it, but for those that say why."""
    assert set(rows()) == {*CASES, *NOT_TRIED}


@pytest.mark.parametrize("line", CASES)
def test_a_command_says_what_the_document_explains(
    line: str, directory: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line is printed as it is written there, alone, and the exit status is the one that is given."""
    case = CASES[line]
    settings = {"DATA_DIR": str(directory / "data"), "METRICS_PORT": "0", **case.settings(directory, taken_port)}
    for name, value in settings.items():
        monkeypatch.setenv(f"TAPECAST_{name}", value)
    monkeypatch.delenv("TAPECAST_RECORDINGS", raising=False)
    monkeypatch.setattr(survey_store, "LOCK_PATIENCE_S", 0.0)

    with pytest.raises(SystemExit) as ended:
        cli.main(case.command)
    while USED:
        USED.pop().close()

    printed = capsys.readouterr().err
    template = ".+".join(re.escape(part) for part in line.split("…"))
    assert re.fullmatch(f"tapecast: {template}\n", printed), printed
    assert ended.value.code == int(rows()[line]["status"] or commands.UNUSABLE_SETTINGS)
