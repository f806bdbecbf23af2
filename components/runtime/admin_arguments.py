"""The operator's commands as the command line has them, made of the contract's tables."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import attrs

from components.contract.procedures import PROCEDURES, Procedure
from components.contract.topics import PREFIX, TOPIC_FAMILIES
from components.model.setting_values import words

Subcommands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name

BELOW = f"{PREFIX}.admin."
DEFAULT_TIMEOUT_S = 15.0
LONGEST_TIMEOUT_S = 3600.0
DESCRIPTION = """\
Ask a running gateway for what its operators may know, and have it do what they may: each command calls the procedure of
its name below tapecast.admin. Without --url that is the gateway of the data directory, over its local socket."""
EXIT_STATUS = "exit status: 0 done, 1 refused or failed, 2 arguments that cannot be used, 3 no gateway could be reached"


@attrs.frozen
class Argument:
    """
    How one argument of a procedure is typed.

    Attributes:
        metavar: What stands for its value.
        text: What it is, for the help.
        parse: Makes the value of the text that was typed; raises ValueError saying what the text must be.
    """

    metavar: str
    text: str
    parse: Callable[[str], object] = str


@attrs.frozen(kw_only=True)
class Command:
    """
    A procedure as a command.

    Attributes:
        words: What is typed behind `tapecast admin`: a group and what is done with it, or the latter alone.
        procedure: What is called.
    """

    words: tuple[str, ...]
    procedure: Procedure


def option_of(name: str) -> str:
    """An argument of a procedure as an option: `user_id` is `--user-id`."""
    return f"--{name.replace('_', '-')}"


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


PLAIN = Argument("TEXT", "text")
ARGUMENTS: Mapping[str, Argument] = {
    "address": Argument("ADDRESS", "an address, or a network such as 192.0.2.0/24"),
    "adjustment_id": Argument("ID", "a name of your own: the same again changes nothing"),
    "after": Argument("PLACE", "go on behind this: a user, or what an earlier answer had as next"),
    "amount": Argument("AMOUNT", "decimal text; less than zero takes out"),
    "before": Argument("PLACE", "older than this: 2026-01-01T12:00:00Z, or what an earlier answer had as next"),
    "confirm": Argument("KEY_ID", "the key once more, where it is that of your own token"),
    "currency": Argument("CURRENCY", "such as USDT"),
    "duration_s": Argument("S", "for so many seconds", _whole),
    "instruments": Argument("NAMES", "instruments, with commas between them", words),
    "issued_before": Argument("TIME", "tokens that were issued by then, such as 2026-01-01T12:00:00Z"),
    "key_id": Argument("KEY_ID", "the key that tokens are signed with"),
    "level": Argument("LEVEL", "debug, info, warn or error"),
    "limit": Argument("N", "at most so many", _whole),
    "message": Argument("TEXT", "what people are told"),
    "reason": Argument("TEXT", "why; it is kept with who did it and when"),
    "refuse": Argument("FAMILIES", "procedures that are refused, such as orders, with commas between them", words),
    "role": Argument("ROLE", "such as trader"),
    "roles": Argument("ROLES", "who may be connected all the same, with commas between them", words),
    "session": Argument("NUMBER", "one session", _whole),
    "severity": Argument("SEVERITY", "info, warning or critical"),
    "token_id": Argument("TOKEN_ID", "one token, by its claim jti"),
    "topic_family": Argument("FAMILY", "whom it concerns: the words of topics that do not vary, such as price"),
    "type": Argument("TYPE", "announcement, incident or maintenance"),
    "user_id": Argument("USER_ID", "the user, as the token names it"),
    "venue": Argument("VENUE", "such as binance"),
}
"""Every argument of the operators' procedures, by name."""


def argument_of(name: str) -> Argument:
    """How an argument is typed."""
    return ARGUMENTS.get(name, PLAIN)


def _typed(name: str) -> str:
    return name.replace("_", "-")


COMMANDS: tuple[Command, ...] = tuple(
    Command(words=tuple(map(_typed, procedure.uri.removeprefix(BELOW).split("."))), procedure=procedure)
    for procedure in PROCEDURES
    if procedure.uri.startswith(BELOW)
)

TOPICS: Mapping[str, str] = {
    family.pattern.removeprefix(BELOW): family.pattern for family in TOPIC_FAMILIES if family.pattern.startswith(BELOW)
}
"""What can be followed, by the word for it."""


def add_admin_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the commands and what they take; what was chosen is `operation`, and its arguments `argument_{name}`."""
    parser.description, parser.epilog = DESCRIPTION, EXIT_STATUS
    parser.formatter_class, parser.allow_abbrev = argparse.RawDescriptionHelpFormatter, False
    _add_common(parser, {"url": None, "token_file": None, "json": False, "timeout": DEFAULT_TIMEOUT_S})
    parser.set_defaults(operation=None, follow=False)
    groups = parser.add_subparsers(required=True, metavar="COMMAND")
    named: dict[str, list[Command]] = {}
    for command in COMMANDS:
        named.setdefault(command.words[0], []).append(command)
    for name in sorted({*named, *TOPICS}):
        _add_group(groups, name, named.get(name, []))


def _add_group(groups: Subcommands, name: str, commands: list[Command]) -> None:
    if len(commands) == 1 and len(commands[0].words) == 1:
        _add_command(groups, name, commands[0])
        return
    topic = TOPICS.get(name)
    told = [command.words[-1] for command in commands] + (["--follow"] if topic else [])
    group = groups.add_parser(name, help=", ".join(told), epilog=EXIT_STATUS, allow_abbrev=False)
    _add_common(group)
    if topic is not None:
        group.set_defaults(operation=topic)
        group.add_argument("--follow", action="store_true", help="go on with what comes from now on, until Ctrl-C")
    if commands:
        actions = group.add_subparsers(required=topic is None, metavar="ACTION")
        for command in commands:
            _add_command(actions, command.words[-1], command)


def _add_command(actions: Subcommands, name: str, command: Command) -> None:
    procedure = command.procedure
    about = f"{procedure.content} ({procedure.uri})"
    parser = actions.add_parser(name, help=procedure.content, description=about, epilog=EXIT_STATUS, allow_abbrev=False)
    parser.set_defaults(operation=procedure.uri)
    for argument_name in procedure.arguments:
        argument = argument_of(argument_name)
        parser.add_argument(
            option_of(argument_name),
            dest=f"argument_{argument_name}",
            metavar=argument.metavar,
            help=argument.text,
            type=_type_of(argument),
            default=argparse.SUPPRESS,
        )
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser, defaults: Mapping[str, object] | None = None) -> None:
    """Add what every command takes, in front of it and behind it; a default behind it would undo what is in front."""
    defaults = defaults or {}

    def default(name: str) -> object:
        return defaults.get(name, argparse.SUPPRESS)

    common = parser.add_argument_group("connection and output")
    common.add_argument("--url", default=default("url"), help="another gateway's, such as wss://gateway.example/ws")
    common.add_argument(
        "--token-file", type=Path, metavar="FILE", default=default("token_file"), help="what signs in at --url"
    )
    common.add_argument("--json", action="store_true", default=default("json"), help="print JSON, for programs")
    common.add_argument(
        "--timeout",
        type=_type_of(Argument("S", "", _seconds)),
        metavar="S",
        default=default("timeout"),
        help=f"most seconds that an answer may take; default: {DEFAULT_TIMEOUT_S:g}",
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LONGEST_TIMEOUT_S:
        raise ValueError(f"a number above 0 and at most {LONGEST_TIMEOUT_S:.0f}")
    return value


def _type_of(argument: Argument) -> Callable[[str], object]:
    def parse(text: str) -> object:
        try:
            return argument.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"expected {error}, received {text!r}") from None

    return parse


def chosen_arguments(arguments: argparse.Namespace, procedure: Procedure) -> dict[str, object]:
    """The arguments of a procedure that were typed, by name."""
    return {
        name: value if not isinstance(value, Iterable) or isinstance(value, str) else list(value)
        for name in procedure.arguments
        if (value := getattr(arguments, f"argument_{name}", None)) is not None
    }
