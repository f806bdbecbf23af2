"""What the commands do. Crossbar, which takes a second to load, is loaded only by those that need it."""

import argparse
import errno
import os
import resource
import secrets
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

from auth.keys import SECRET_VARIABLE
from auth.token_settings import KEY_FILES_VARIABLE, KEYS_URL_VARIABLE
from auth.tokens import issue_token
from auth.user_settings import USERS_VARIABLE
from components.model.errors import ConfigError, InvalidArgument
from components.runtime.data_directory import prepare_data_dir, running_pid, take_lock
from components.runtime.followed import read_followed
from components.runtime.journal_commands import journal_report
from components.runtime.node_config import (
    CONFIG_NAME,
    check_keys,
    jwt_secret,
    node_config,
    read_url,
    write_config,
)
from components.runtime.profiles import Profile
from components.runtime.service_key_command import make_service_key
from components.runtime.settings import SERVICE_KEYS_VARIABLE, Settings, is_ipv6
from router.limit_settings import OFF
from router.limit_settings import SWITCH as LIMITS_SWITCH
from router.stop_request import remember, stop_request

OK, FAILED, UNUSABLE_SETTINGS, NOT_RUNNING = 0, 1, 2, 3
STOP_TIMEOUT_S = 20.0
TOKEN_ID_BYTES = 8


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was chosen, with the settings of the environment, and give the exit status."""
    try:
        return _COMMANDS[arguments.command](Settings.from_environment(os.environ), arguments)
    except (ConfigError, InvalidArgument) as error:
        _fail(str(error))
        return UNUSABLE_SETTINGS


def start(settings: Settings, arguments: argparse.Namespace) -> int:
    """Start a gateway, or its router alone, in this process, and stay until it ends."""
    settings.check()
    from router.personality import run_node  # noqa: PLC0415 - loads Crossbar

    stop_request.listen(remember)
    directory = prepare_data_dir(settings)
    with take_lock(directory) as is_taken:
        if not is_taken:
            _fail(f"TAPECAST_DATA_DIR: {directory} is in use by another gateway; stop that one, or choose another")
            return FAILED
        _check_port_is_free("TAPECAST_PORT", settings.host, settings.port)
        if arguments.profile is Profile.GATEWAY:
            jwt_secret(settings, directory)
            check_keys(settings)
            read_followed(settings, directory)
            if settings.metrics_port:
                _check_port_is_free("TAPECAST_METRICS_PORT", settings.metrics_host, settings.metrics_port)
        write_config(settings, directory, arguments.profile)
        _raise_open_file_limit()
        # Workers read the environment again, in the data directory, where a relative path leads elsewhere.
        os.environ["TAPECAST_DATA_DIR"] = str(directory)
        if settings.tokens.key_files:
            os.environ[KEY_FILES_VARIABLE] = ",".join(str(file.absolute()) for file in settings.tokens.key_files)
        if settings.service_keys is not None:
            os.environ[SERVICE_KEYS_VARIABLE] = str(settings.service_keys)
        os.environ[USERS_VARIABLE] = settings.users.directory.setting
        os.environ["TAPECAST_FEED"] = ",".join(feed.setting for feed in settings.feeds)
        if arguments.profile is Profile.BENCH:
            os.environ[LIMITS_SWITCH] = OFF
        run_node(directory, CONFIG_NAME, settings.log)
    return OK


def stop(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Stop the gateway of the data directory, and wait until it has ended."""
    directory = settings.data_dir.absolute()
    pid = running_pid(directory)
    if pid is None:
        return _say_that_none_runs(directory)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline_s = time.monotonic() + STOP_TIMEOUT_S
    while running_pid(directory) == pid:
        if time.monotonic() > deadline_s:
            _fail(f"the gateway, process {pid}, did not stop within {STOP_TIMEOUT_S:.0f} s; its log may say why")
            return FAILED
        time.sleep(0.05)
    print("stopped")
    return OK


def status(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Say whether a gateway runs from the data directory, and where it serves."""
    directory = settings.data_dir.absolute()
    pid = running_pid(directory)
    if pid is None:
        return _say_that_none_runs(directory)
    print(f"a gateway runs from {directory}, process {pid}; its parts: {read_url(directory)}/health")
    return OK


def check(settings: Settings, _arguments: argparse.Namespace) -> int:
    """Check settings, secret, what is followed and the node's configuration; nothing is written."""
    settings.check()
    from router.personality import TapecastPersonality  # noqa: PLC0415 - loads Crossbar

    directory = settings.data_dir.absolute()
    check_keys(settings)
    read_followed(settings, directory)
    TapecastPersonality.check_config(TapecastPersonality, node_config(settings, directory))
    feeds = ", ".join(str(feed.recording or feed.setting) for feed in settings.feeds)
    print(f"the settings are fine: port {settings.port}, feed {feeds}, data in {directory}")
    return OK


def token(settings: Settings, arguments: argparse.Namespace) -> int:
    """
    Print a token that the gateway of these settings lets in.

    Raises:
        ConfigError: The settings have no secret to sign it with.
    """
    secret = jwt_secret(settings, prepare_data_dir(settings))
    if secret is None:
        raise ConfigError(
            f"{KEY_FILES_VARIABLE} and {KEYS_URL_VARIABLE} have public keys, and nobody signs with those: "
            f"get a token from their issuer, or set {SECRET_VARIABLE} as well"
        )
    issued = issue_token(
        secret,
        settings.tokens.rules,
        user_id=arguments.user,
        role=arguments.role,
        lifetime_s=arguments.lifetime_s,
        now_s=time.time(),
        token_id=secrets.token_hex(TOKEN_ID_BYTES),
    )
    print(issued)
    return OK


def service_key(_settings: Settings, arguments: argparse.Namespace) -> int:
    """Make a key pair, and print the account that goes into the file of service accounts."""
    print(make_service_key(arguments.name, arguments.role, arguments.private_key))
    return OK


def journal(settings: Settings, arguments: argparse.Namespace) -> int:
    """Say whether a journal is sound, or make a new one of what is sound of it."""
    lines, is_sound = journal_report(settings, arguments)
    print("\n".join(lines))
    return OK if is_sound else FAILED


def admin(settings: Settings, arguments: argparse.Namespace) -> int:
    """Have a running gateway do what one of its operators asks for."""
    from components.runtime.admin_commands import admin as run_admin  # noqa: PLC0415 - loads Autobahn, and a reactor

    return run_admin(settings, arguments)


_COMMANDS = {
    "start": start,
    "stop": stop,
    "status": status,
    "check": check,
    "token": token,
    "service-key": service_key,
    "journal": journal,
    "admin": admin,
}


def _fail(text: str) -> None:
    print(f"tapecast: {text}", file=sys.stderr)


def _say_that_none_runs(directory: Path) -> int:
    print(f"no gateway runs from {directory}")
    return NOT_RUNNING


def _check_port_is_free(name: str, host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if is_ipv6(host) else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "another program uses it" if error.errno == errno.EADDRINUSE else error.strerror
            raise ConfigError(f"{name}: cannot listen on {host} port {port}: {reason}; choose another") from None


def _raise_open_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
