"""The command line: `tapecast start`, `stop`, `status`, `check`, `token`, `service-key`, `journal` and `admin`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from auth.service_keys import SERVICE_ROLES
from components.contract.roles import TOKEN_ROLES
from components.runtime.admin_arguments import add_admin_arguments
from components.runtime.profiles import Profile
from router.stop_request import leave_at_once, stop_request

DEFAULT_LIFETIME_S = 3600
"""Of a development token."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 settings or arguments that cannot be used, 3 not running."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "start":
        stop_request.listen(leave_at_once)
    from components.runtime.commands import run  # noqa: PLC0415 - slow; a signal that comes meanwhile must be answered

    sys.exit(run(arguments))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tapecast", description="A real-time WAMP gateway for trading platforms.")
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    for name, text in (
        ("start", "start a gateway, and stay until it is stopped"),
        ("stop", "stop the gateway of this data directory"),
        ("status", "say whether a gateway runs from this data directory"),
        ("check", "check settings and configuration, and start nothing"),
        ("token", "print a development token"),
        ("service-key", "make a key pair that a program signs in with"),
        ("journal", "look at a journal, or make a new one of what can be read of a damaged one"),
        ("admin", "ask a running gateway for what its operators may know, and have it do what they may"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        if name == "start":
            _add_start_arguments(command)
        elif name == "token":
            _add_token_arguments(command)
        elif name == "service-key":
            _add_service_key_arguments(command)
        elif name == "journal":
            _add_journal_arguments(command)
        elif name == "admin":
            add_admin_arguments(command)
    return parser


def _add_start_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--profile",
        type=Profile,
        choices=list(Profile),
        default=Profile.GATEWAY,
        help="bench: the router alone, with a realm for benchmarks that is open to everyone",
    )


def _add_token_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--user", required=True, help="the user id, as in the claim `sub`")
    command.add_argument("--role", required=True, choices=[role.value for role in sorted(TOKEN_ROLES)])
    command.add_argument("--lifetime-s", type=int, default=DEFAULT_LIFETIME_S, help="seconds until it expires")


def _add_service_key_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--name", required=True, help="what the program is called; its user id")
    command.add_argument("--role", default="service", choices=[role.value for role in sorted(SERVICE_ROLES)])
    command.add_argument("--private-key", required=True, type=Path, help="a new file, for the private key")


def _add_journal_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "action",
        choices=["check", "salvage"],
        help="check: say whether it is sound; salvage: make a new one of what is sound, and keep the old one beside it",
    )
    command.add_argument("journal", nargs="?", choices=["trading", "admin", "market"], default="trading")


if __name__ == "__main__":
    main()
