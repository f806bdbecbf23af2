"""What `tapecast admin` does: call a procedure of a running gateway, or follow a topic, and print what comes."""

import argparse
import ipaddress
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
from autobahn.wamp.exception import ApplicationError
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ReactorNotRunning
from twisted.python.failure import Failure

from components.contract.errors import ERROR_PREFIX, ErrorCode
from components.contract.procedures import PROCEDURE_BY_URI
from components.model.errors import ConfigError
from components.runtime.admin_arguments import TOPICS, chosen_arguments, option_of
from components.runtime.admin_client import AdminSession, Event, Target, join
from components.runtime.data_directory import running_pid
from components.runtime.settings import Settings
from components.runtime.tables import one_line, rendered

DONE, FAILED, UNUSABLE, NOT_REACHED, INTERRUPTED = 0, 1, 2, 3, 130
SOCKET_NAME = "admin.sock"
LONGEST_TOKEN_BYTES = 8192
ENOUGH = "nobody wants more of it"


@attrs.define
class Conversation:
    """
    One run of a command with one gateway.

    Attributes:
        status: The exit status, as far as it is known.
    """

    arguments: argparse.Namespace
    target: Target
    status: int = INTERRUPTED

    async def run(self) -> None:
        """Do what was asked for, and print it, or why it was not done."""
        try:
            session = await join(self.target, reactor, self.arguments.timeout)
            await (self._follow(session) if self.arguments.follow else self._ask(session))
            await session.end()
        except ConnectionError as error:
            self._fail(NOT_REACHED, str(error))
        except TimeoutError as error:
            self._fail(FAILED, str(error))
        except ApplicationError as error:
            self._fail(*_refusal(error, self.arguments.operation))

    async def _ask(self, session: AdminSession) -> None:
        operation = self.arguments.operation
        procedure = PROCEDURE_BY_URI.get(operation) or PROCEDURE_BY_URI.get(f"{operation}.get")
        if procedure is not None:
            result = await session.ask(procedure.uri, chosen_arguments(self.arguments, procedure))
        else:
            result = (await session.ask("tapecast.stream.get", {"topic": operation}))["payload"]
        self._print(json.dumps(result, indent=2) if self.arguments.json else rendered(result))
        self.status = DONE

    async def _follow(self, session: AdminSession) -> None:
        def receive(event: Event) -> None:
            try:
                self._print(self._event_text(event))
            except BrokenPipeError:
                # The interpreter would complain of it once more at its end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                session.lose(ENOUGH)

        await session.follow(self.arguments.operation, receive)
        self.status = DONE
        # Ctrl-C ends it in order.
        reactor.addSystemEventTrigger("before", "shutdown", session.lose, ENOUGH)
        reason = await session.ended
        if reason != ENOUGH:
            self._fail(NOT_REACHED, f"the connection ended: {reason}")

    def _event_text(self, event: Event) -> str:
        if self.arguments.json:
            return json.dumps(event)
        if self.arguments.operation == TOPICS["stats"]:
            return f"{event['ts']}\n{rendered(event['payload'])}\n"
        return f"{event['ts']}  {one_line(event['payload'])}"

    def _print(self, text: str) -> None:
        print(text, flush=True)

    def _fail(self, status: int, text: str) -> None:
        self.status = status
        print(f"tapecast: {' '.join(text.split())}", file=sys.stderr)


def admin(settings: Settings, arguments: argparse.Namespace) -> int:
    """
    Run one of the operator's commands with a gateway, and give the exit status.

    Raises:
        ConfigError: The arguments do not say which gateway, or the token's file cannot be used.
    """
    if arguments.url is None and running_pid(settings.data_dir.absolute()) is None:
        print(f"no gateway runs from {settings.data_dir.absolute()}")
        return NOT_REACHED
    conversation = Conversation(arguments, _target(settings, arguments))
    faults: list[Failure] = []

    def begin() -> None:
        running = Deferred.fromCoroutine(conversation.run())
        running.addErrback(faults.append).addBoth(stop)

    def stop(_done: object) -> None:
        with suppress(ReactorNotRunning):
            reactor.stop()

    reactor.callWhenRunning(begin)
    reactor.run()
    if faults:
        faults[0].raiseException()
    return conversation.status


def _target(settings: Settings, arguments: argparse.Namespace) -> Target:
    if arguments.url is None:
        if arguments.token_file is not None:
            raise ConfigError("--token-file: is for --url; the local socket asks for no token")
        return Target(place=settings.data_dir.absolute() / SOCKET_NAME)
    if arguments.token_file is None:
        raise ConfigError("--url: needs --token-file, the file with an operator's token")
    _check_url(arguments.url)
    return Target(place=arguments.url, token=_read_token(arguments.token_file))


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("ws", "wss") and bool(parts.hostname) and parts.port != 0 and url.isascii()
    except ValueError:
        is_url = False
    if not is_url or " " in url or parts.query or parts.fragment or parts.username is not None:
        raise ConfigError(f"--url: expected a URL such as wss://gateway.example/ws, received {url!r}")
    if parts.scheme == "ws" and not _is_this_machine(parts.hostname or ""):
        raise ConfigError("--url: expected wss://; a token must not go over a network that reads along")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read_token(path: Path) -> str:
    try:
        with path.open("rb") as file:
            token = file.read(LONGEST_TOKEN_BYTES + 1).strip()
    except OSError as error:
        raise ConfigError(f"--token-file: {path}: cannot be read: {error.strerror}") from None
    if not token or len(token) > LONGEST_TOKEN_BYTES or not token.isascii() or len(token.split()) > 1:
        raise ConfigError(f"--token-file: {path}: expected a token and nothing else")
    return token.decode("ascii")


def _refusal(error: ApplicationError, operation: str) -> tuple[int, str]:
    """The exit status, and the text, of what the gateway refused."""
    told: dict[str, Any] = error.kwargs or {}
    message = told.get("message") or " ".join(map(str, error.args))
    if error.error == ApplicationError.NO_SUCH_PROCEDURE:
        return FAILED, f"the gateway is of another version: it has no {operation}"
    code = error.error.removeprefix(ERROR_PREFIX)
    if error.error != ErrorCode.INVALID_ARGUMENT.uri:
        return FAILED, f"{code}: {message}"
    field = str((told.get("details") or {}).get("field", ""))
    return UNUSABLE, f"{option_of(field)}{message.removeprefix(field)}" if field else message
