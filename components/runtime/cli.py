"""The command line: `tapecast start`, `stop`, `status`, `check` and `token`."""

import argparse
import errno
import fcntl
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from auth.tokens import TokenRules, issue_token
from components.contract.roles import TOKEN_ROLES
from components.model.errors import ConfigError, InvalidArgument
from components.runtime.node_config import CONFIG_NAME, jwt_secret, node_config, prepare_data_dir
from components.runtime.settings import Settings
from router.personality import TapecastPersonality, run_node

OK, FAILED, UNUSABLE_SETTINGS, NOT_RUNNING = 0, 1, 2, 3
LOCK_NAME = "node.lock"
STOP_TIMEOUT_S = 20.0
DEFAULT_LIFETIME_S = 3600
"""Of a development token."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 settings or arguments that cannot be used, 3 not running."""
    arguments = _parser().parse_args(argv)
    run: Callable[[Settings, argparse.Namespace], int] = arguments.run
    try:
        sys.exit(run(Settings.from_environment(os.environ), arguments))
    except (ConfigError, InvalidArgument) as error:
        _fail(str(error))
        sys.exit(UNUSABLE_SETTINGS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tapecast", description="A real-time WAMP gateway for trading platforms.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run, text in (
        ("start", start, "start a gateway, and stay until it is stopped"),
        ("stop", stop, "stop the gateway of this data directory"),
        ("status", status, "say whether a gateway runs from this data directory"),
        ("check", check, "check settings and configuration, and start nothing"),
        ("token", token, "print a development token"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        if run is token:
            _add_token_arguments(command)
    return parser


def _add_token_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--user", required=True, help="the user id, as in the claim `sub`")
    command.add_argument("--role", required=True, choices=[role.value for role in sorted(TOKEN_ROLES)])
    command.add_argument("--lifetime-s", type=int, default=DEFAULT_LIFETIME_S, help="seconds until it expires")


def start(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Start a gateway in this process, and stay until it ends."""
    settings.check()
    directory = prepare_data_dir(settings)
    jwt_secret(settings, directory)
    with (directory / LOCK_NAME).open("a+") as lock:
        if not _take(lock.fileno()):
            _fail(f"TAPECAST_DATA_DIR: {directory} is in use by another gateway; stop that one, or choose another")
            return FAILED
        _check_ports_are_free(settings)
        _raise_open_file_limit()
        run_node(directory, CONFIG_NAME, settings.log)
    return OK


def stop(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Stop the gateway of the data directory, and wait until it has ended."""
    pid = _running_pid(settings)
    if pid is None:
        print(f"no gateway runs from {settings.data_dir.absolute()}")
        return NOT_RUNNING
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline_s = time.monotonic() + STOP_TIMEOUT_S
    while _running_pid(settings) is not None:
        if time.monotonic() > deadline_s:
            _fail(f"the gateway, process {pid}, did not stop within {STOP_TIMEOUT_S:.0f} s; its log may say why")
            return FAILED
        time.sleep(0.05)
    print("stopped")
    return OK


def status(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Say whether a gateway runs from the data directory."""
    pid = _running_pid(settings)
    directory = settings.data_dir.absolute()
    if pid is None:
        print(f"no gateway runs from {directory}")
        return NOT_RUNNING
    print(f"a gateway runs from {directory}, process {pid}; its parts: http://{settings.host}:{settings.port}/health")
    return OK


def check(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Check settings, secret and the node's configuration."""
    settings.check()
    directory = settings.data_dir.absolute()
    if settings.has_jwt_secret:
        jwt_secret(settings, directory)
    TapecastPersonality.check_config(TapecastPersonality, node_config(settings, directory))
    feeds = ", ".join(str(feed.recording or feed.kind) for feed in settings.feeds)
    print(f"the settings are fine: port {settings.port}, feed {feeds}, data in {directory}")
    return OK


def token(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print a token that the gateway of these settings lets in."""
    secret = jwt_secret(settings, prepare_data_dir(settings))
    rules = TokenRules(issuer=settings.jwt_issuer, audience=settings.jwt_audience)
    issued = issue_token(
        secret,
        rules,
        user_id=arguments.user,
        role=arguments.role,
        lifetime_s=arguments.lifetime_s,
        now_s=time.time(),
    )
    print(issued)
    return OK


def _fail(text: str) -> None:
    print(f"tapecast: {text}", file=sys.stderr)


def _take(descriptor: int) -> bool:
    """Lock the data directory for this process, and write its pid into the lock's file."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return True


def _running_pid(settings: Settings) -> int | None:
    try:
        with (settings.data_dir / LOCK_NAME).open() as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read())
    except FileNotFoundError:
        pass
    return None


def _check_ports_are_free(settings: Settings) -> None:
    for name, host, port in (
        ("TAPECAST_PORT", settings.host, settings.port),
        ("TAPECAST_METRICS_PORT", settings.metrics_host, settings.metrics_port),
    ):
        if port:
            _check_port_is_free(name, host, port)


def _check_port_is_free(name: str, host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "another program uses it" if error.errno == errno.EADDRINUSE else error.strerror
            raise ConfigError(f"{name}: cannot listen on {host} port {port}: {reason}; choose another") from None


def _raise_open_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    main()
