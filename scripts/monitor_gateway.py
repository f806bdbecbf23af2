"""
Watches a running gateway from outside, over HTTP, and prints one line a look.

Exit status: 0 the last look was well, 1 it was not, 2 the arguments cannot be used, 3 no gateway could be reached, 130
it was ended before the first look. Well is what `/health` answers 200 for: no part is down. Python is all it needs.
"""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

WELL, UNWELL, UNUSABLE, NOT_REACHED, INTERRUPTED = 0, 1, 2, 3, 130
LONGEST_ANSWER_BYTES = 1 << 20
LONGEST_WAIT_S = 86_400.0
STATES = ("up", "degraded", "down")
"""How a part can be; the whole is as its worst part."""


class NotReached(Exception):
    """Nobody answered, not in time, or nobody who is a gateway."""


class TimeIsUp(BaseException):
    """A look took too long. Nothing that looks for errors of the network takes it for one."""


def main() -> None:
    """Run the command and exit."""
    arguments = parse_arguments()
    # Ended in whichever way, the status says how the gateway was last.
    signal.signal(signal.SIGTERM, lambda *_signal: signal.raise_signal(signal.SIGINT))
    status = INTERRUPTED
    try:
        for line, seen in watch(arguments.api_url.rstrip("/"), arguments.interval, arguments.timeout):
            # Whoever has read the line, and ends this at once, is told the status that belongs to it.
            status = seen
            print(line, flush=True)
            if arguments.once:
                break
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        # Whoever read the lines has gone. The interpreter would complain of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def watch(url: str, interval_s: float, timeout_s: float) -> Iterator[tuple[str, int]]:
    """Look again and again, and give a line for each look, with its exit status."""
    due_s = time.monotonic()
    while True:
        text, status = look(url, timeout_s)
        yield f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}  {_printable(text)}", status
        # What is late is left out: looks shall not hurry after one that took long.
        due_s = max(due_s + interval_s, time.monotonic())
        time.sleep(due_s - time.monotonic() if due_s > time.monotonic() else 0)


def look(url: str, timeout_s: float) -> tuple[str, int]:
    """Look once: what there is to say, and the exit status."""
    try:
        with _time_limit(timeout_s):
            answers = [_get(url + path) for path in ("/health", "/api/status", "/api/stats")]
        return describe(*answers)
    except TimeIsUp:
        return f"away      {url}: no answer within {timeout_s:g} s", NOT_REACHED
    except NotReached as error:
        return f"away      {error}", NOT_REACHED


def describe(health: tuple[int, Any], status: tuple[int, Any], stats: tuple[int, Any]) -> tuple[str, int]:
    """
    What three answers say together: the rest of the line, and the exit status.

    Args:
        health: Status and body of the answer of `/health`.
        status: The same of `/api/status`.
        stats: The same of `/api/stats`.

    Raises:
        NotReached: They are no gateway's.
    """
    try:
        parts, queues, figures = health[1]["parts"], status[1]["queues"], stats[1]
        state = max((part["state"] for part in parts), key=STATES.index) if health[0] == HTTPStatus.OK else "down"
        messages = figures["messages"]
        line = [
            f"{state:<8}",
            f"connections {figures['total_connections']}",
            f"received {messages['received']['per_second']}/s",
            f"sent {messages['sent']['per_second']}/s",
            f"errors {figures['errors']['per_second']}/s",
            f"waiting {_sum(queues['clients'])}",
            f"undecoded {_sum(queues['feeds'])}",
            *(f"{part['name']} is {part['state']}: {part['reason']}" for part in parts if part["state"] != "up"),
        ]
    except (KeyError, TypeError, ValueError):
        raise NotReached("whoever answers is no gateway") from None
    return "  ".join(line), UNWELL if state == "down" else WELL


def _sum(counts: dict[str, float]) -> int:
    return int(sum(counts.values()))


def _get(url: str) -> tuple[int, Any]:
    try:
        with _answer(url) as answer:
            body = answer.read(LONGEST_ANSWER_BYTES + 1)
            status: int = answer.status
    except (HTTPException, OSError, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise NotReached(f"{url}: {_reason(reason)}") from None
    if len(body) > LONGEST_ANSWER_BYTES:
        raise NotReached(f"{url}: expected at most {LONGEST_ANSWER_BYTES} bytes")
    try:
        return status, json.loads(body)
    except (ValueError, RecursionError):
        raise NotReached(f"{url}: expected JSON, received something else, with status {status}") from None


def _answer(url: str) -> Any:
    try:
        return urlopen(url)  # noqa: S310 - the scheme was checked, and the time limit is around everything
    except HTTPError as answer:
        # With a status that says that something is wrong, and a body that says what.
        return answer


def _reason(error: object) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _printable(text: str) -> str:
    """On one line, and without anything that steers a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


@contextmanager
def _time_limit(timeout_s: float) -> Iterator[None]:
    """End what is in the block after so long, whatever it waits for: a slow answer comes in time byte by byte."""

    def end(*_signal: object) -> NoReturn:
        raise TimeIsUp

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def parse_arguments() -> argparse.Namespace:
    """The command's arguments; unusable ones end it with status 2."""
    parser = argparse.ArgumentParser(
        prog="monitor",
        description="Watch a running gateway from outside, over HTTP; one line a look.",
        epilog="exit status: 0 the last look was well, 1 it was not, 2 wrong arguments, 3 no gateway could be reached",
    )
    parser.add_argument("--interval", type=_seconds, default=5.0, metavar="S", help="seconds between looks; default: 5")
    parser.add_argument("--once", action="store_true", help="look once and exit")
    parser.add_argument(
        "--api-url", type=_url, default="http://127.0.0.1:8080", metavar="URL", help="default: http://127.0.0.1:8080"
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=5.0, metavar="S", help="most seconds that a look may take; default: 5"
    )
    return parser.parse_args()


def _seconds(text: str) -> float:
    with suppress(ValueError):
        if 0 < float(text) <= LONGEST_WAIT_S:
            return float(text)
    raise argparse.ArgumentTypeError(f"expected a number above 0 and at most {LONGEST_WAIT_S:.0f}, received {text!r}")


def _url(text: str) -> str:
    with suppress(ValueError):
        parts = urlsplit(text)
        is_plain = text.isascii() and text.isprintable() and " " not in text and not (parts.query or parts.fragment)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and is_plain:
            return text
    raise argparse.ArgumentTypeError(f"expected a URL such as http://127.0.0.1:8080, received {text!r}")


if __name__ == "__main__":
    main()
