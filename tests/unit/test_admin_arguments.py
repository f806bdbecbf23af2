"""The operator's commands on the command line against the contract's tables."""

import argparse
from pathlib import Path

import pytest

from components.contract.procedures import PROCEDURE_BY_URI, PROCEDURES
from components.runtime.admin_arguments import (
    ARGUMENTS,
    BELOW,
    COMMANDS,
    TOPICS,
    Command,
    add_admin_arguments,
    chosen_arguments,
    option_of,
)
from tests.support.documents import code, codes, table

COMMON = {"url": None, "token_file": None, "json": False, "timeout": 15.0, "follow": False}


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    """What reads the words behind `tapecast admin`."""
    parser = argparse.ArgumentParser(prog="tapecast admin")
    add_admin_arguments(parser)
    return parser


def name_of(command: Command) -> str:
    return " ".join(command.words)


def test_every_procedure_of_operators_is_a_command() -> None:
    """What the contract has for operators the command line has, each by its own name."""
    expected = [procedure.uri for procedure in PROCEDURES if procedure.uri.startswith(BELOW)]

    assert [command.procedure.uri for command in COMMANDS] == expected
    assert len({command.words for command in COMMANDS}) == len(expected)


def test_every_argument_is_explained() -> None:
    """Whoever adds an argument to a procedure says how it is typed, and whoever takes one away takes that away."""
    assert {name for command in COMMANDS for name in command.procedure.arguments} == set(ARGUMENTS)


def test_every_command_is_in_the_reference() -> None:
    """What is typed, with its options in the order of the contract, and what it does."""
    told = [
        (tuple(code(row["command"]).split()), tuple(codes(row["options"])), row["does"])
        for row in table("docs/reference/command-line.md", "command")
    ]

    assert told == [
        (
            ("tapecast", "admin", *command.words),
            tuple(map(option_of, command.procedure.arguments)),
            command.procedure.content,
        )
        for command in COMMANDS
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_every_command_takes_the_procedures_arguments(parser: argparse.ArgumentParser, command: Command) -> None:
    """Each argument of the procedure is an option, and is handed over under its own name; what is not typed is not."""
    names = command.procedure.arguments
    options = [word for name in names for word in (option_of(name), "7")]

    chosen = parser.parse_args([*command.words, *options])
    without = parser.parse_args(list(command.words))

    assert chosen.operation == without.operation == command.procedure.uri
    assert tuple(chosen_arguments(chosen, command.procedure)) == names
    assert chosen_arguments(without, command.procedure) == {}


@pytest.mark.parametrize("command", COMMANDS, ids=name_of)
def test_every_command_has_help(
    parser: argparse.ArgumentParser, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """It tells what is called, what it does, and each of its options."""
    with pytest.raises(SystemExit) as ended:
        parser.parse_args([*command.words, "--help"])

    told = " ".join(capsys.readouterr().out.split())
    assert ended.value.code == 0
    assert command.procedure.content in told
    assert command.procedure.uri in told
    assert all(option_of(name) in told for name in command.procedure.arguments)


def test_help_begins_with_the_groups(parser: argparse.ArgumentParser, capsys: pytest.CaptureFixture[str]) -> None:
    """The first level names every group and what it does; the second its actions."""
    for words in (["--help"], ["feeds", "--help"]):
        with pytest.raises(SystemExit):
            parser.parse_args(words)

    first, second = capsys.readouterr().out.split("usage: tapecast admin feeds")
    assert all(command.words[0] in first for command in COMMANDS)
    assert all(command.words[-1] in second for command in COMMANDS if command.words[0] == "feeds")


@pytest.mark.parametrize("word", TOPICS)
def test_topics_can_be_followed(parser: argparse.ArgumentParser, word: str) -> None:
    """The word alone asks for what there is, with `--follow` it goes on."""
    asked, followed = parser.parse_args([word]), parser.parse_args([word, "--follow"])

    assert (asked.operation, asked.follow) == (TOPICS[word], False)
    assert (followed.operation, followed.follow) == (TOPICS[word], True)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_how_to_connect_may_stand_anywhere(parser: argparse.ArgumentParser, place: int) -> None:
    """Before the group, before the action, and behind it."""
    words = ["feeds", "list"]
    words[place:place] = ["--url", "wss://x/ws", "--token-file", "t", "--json", "--timeout", "3"]

    chosen = vars(parser.parse_args(words))

    expected = {"url": "wss://x/ws", "token_file": Path("t"), "json": True, "timeout": 3.0}
    assert {name: chosen[name] for name in expected} == expected


def test_nothing_is_typed_for_nothing(parser: argparse.ArgumentParser) -> None:
    """Without options it is the local gateway, text, and a timeout."""
    chosen = vars(parser.parse_args(["feeds", "list"]))

    assert chosen == {**COMMON, "operation": "tapecast.admin.feeds.list"}


def test_values_are_of_the_right_kind(parser: argparse.ArgumentParser) -> None:
    """Names with commas are a list, numbers are numbers, and the rest is text, also where it looks like a number."""
    feeds = parser.parse_args(["feeds", "add", "--venue", "sim", "--instruments", "BTCUSDT, ETHUSDT,"])
    accounts = parser.parse_args(["accounts", "list", "--limit", "5", "--after", "5"])
    adjusted = parser.parse_args(["accounts", "adjust", "--amount", "-10.50"])

    added = chosen_arguments(feeds, PROCEDURE_BY_URI[feeds.operation])
    assert added == {"venue": "sim", "instruments": ["BTCUSDT", "ETHUSDT"]}
    assert chosen_arguments(accounts, PROCEDURE_BY_URI[accounts.operation]) == {"limit": 5, "after": "5"}
    assert chosen_arguments(adjusted, PROCEDURE_BY_URI[adjusted.operation]) == {"amount": "-10.50"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["accounts", "list", "--limit", "many"], "argument --limit: expected a whole number, received 'many'"),
        (["feeds", "list", "--timeout", "0"], "argument --timeout: expected a number above 0"),
        (["feeds", "list", "--timeout", "nan"], "argument --timeout: expected a number above 0"),
        (["feeds", "list", "--timeout", "x"], "argument --timeout: expected a number above 0"),
        (["feeds", "add", "--inst", "BTCUSDT"], "unrecognized arguments: --inst"),
        (["feeds", "list", "--token", "x"], "unrecognized arguments: --token"),
        (["feeds"], "required: ACTION"),
        (["feeds", "sell"], "invalid choice: 'sell'"),
        ([], "required: COMMAND"),
        (["nothing"], "invalid choice: 'nothing'"),
    ],
)
def test_what_cannot_be_read_ends_it(
    parser: argparse.ArgumentParser, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, and what was expected; options are not guessed from their beginnings."""
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)

    assert ended.value.code == 2
    assert told in capsys.readouterr().err
