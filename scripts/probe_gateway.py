"""
Asks a running gateway, as a client does, what works, and says so line by line.

Exit status: 0 everything works, 1 something does not, 2 the arguments cannot be used or nobody answers at the URL.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

import attrs
from autobahn.wamp.exception import ApplicationError
from autobahn.wamp.types import PublishOptions
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.web.client import ResponseFailed

from scripts.probe_client import CheckFailed, Client, Envelope, Gateway, Tape, TopicEvent, find_hole, is_newer
from scripts.probe_orders import rests_and_is_cancelled, tells_snapshot, tells_wallet

ALL_OK, SOMETHING_FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
TESTS = ("health", "market", "trading")
PRICES = 10
"""How many price events are waited for."""

PLATFORM_ACCOUNTS = "accounts:platform"
"""A part that is there where a platform's own engine executes orders."""

TRADER = "trader"
READS_OWN_ORDERS = frozenset({"trader", "issuer", "risk", "admin"})
READS_ALL_ORDERS = frozenset({"risk", "admin"})


@attrs.define
class Report:
    """
    One line a check, as they end.

    Attributes:
        test: The test whose checks run now.
    """

    test: str = ""
    passed: int = 0
    failed: int = 0

    async def check(self, name: str, work: Awaitable[str]) -> bool:
        """Say whether a check passed; what it returns, or why it failed, is the rest of the line."""
        try:
            text, has_passed = await work, True
        except Exception as error:  # noqa: BLE001 - a probe says what goes wrong, whatever it is
            text, has_passed = error_text(error), False
        self.passed += has_passed
        self.failed += not has_passed
        print(f"{self.test:<8} {'ok' if has_passed else 'FAIL':<5} {name}: {text}", flush=True)
        return has_passed


def error_text(error: BaseException) -> str:
    """What went wrong, on one line."""
    if isinstance(error, ApplicationError):
        text = f"{error.error}: {error.kwargs.get('message') or ' '.join(map(str, error.args))}"
    elif isinstance(error, ResponseFailed):
        text = "; ".join(reason.getErrorMessage() for reason in error.reasons)
    elif isinstance(error, CheckFailed | ConnectError | DNSLookupError):
        text = str(error)
    else:
        text = f"{type(error).__name__}: {error}"
    return " ".join(text.split())


@attrs.frozen(kw_only=True)
class Probe:
    """
    The tests, each with a session of its own.

    Attributes:
        health: What `/health` answered.
        token: What a user signs in with; None leaves `trading` out.
    """

    gateway: Gateway
    report: Report
    health: Envelope
    token: str | None

    async def run(self, tests: Iterable[str]) -> int:
        """Run tests by name and give the exit status."""
        probes = {"health": self._probe_health, "market": self._probe_market, "trading": self._probe_trading}
        for self.report.test in tests:
            await probes[self.report.test]()
        checks = self.report.passed + self.report.failed
        print(f"{checks} checks, {self.report.failed} failed" if self.report.failed else f"{checks} checks, all ok")
        return SOMETHING_FAILED if self.report.failed else ALL_OK

    async def _probe_health(self) -> None:
        for part in self.health["parts"]:
            await self.report.check(f"part {part['name']}", _part_is_up(part))
        await self.report.check("page", _serves_a_page(self.gateway))
        await self._with_client(self._check_session)

    async def _check_session(self, client: Client) -> None:
        await self.report.check("session.info", _knows_me(client))
        await self.report.check("session.ping", _round_trip(client))
        await self.report.check("heartbeat", _beats(client))

    async def _probe_market(self) -> None:
        await self._with_client(self._check_market)

    async def _check_market(self, client: Client) -> None:
        await self.report.check("market.list_instruments", _lists_instruments(client))
        prices = await client.follow("tapecast.price", match="prefix")
        if await self.report.check("price events", _prices_flow(prices)):
            topic = Counter(topic for topic, _event in prices.events).most_common(1)[0][0]
            instrument = topic.rpartition(".")[2]
            await self.report.check("market.get_price", _tells_price(client, instrument))
            await self.report.check("price over HTTP", _tells_price_over_http(self.gateway, instrument))
            await self.report.check("stream.get", _snapshot_joins_stream(client, topic))

    async def _probe_trading(self) -> None:
        if self.token is None:
            print("trading  left out, as it needs --token")
            return
        await self._with_client(self._check_user, self.token)
        await self.report.check("wrong token", _is_turned_away(self.gateway, spoiled(self.token)))

    async def _check_user(self, client: Client) -> None:
        details = await client.joined
        role, user = details.authrole, details.authextra["user"]
        own, foreign = (f"tapecast.user.{name}.orders" for name in (user, f"{user}x"))
        await self.report.check("session.info", _knows_me(client))
        await self.report.check("own orders", _may_read(client, own, is_allowed=role in READS_OWN_ORDERS))
        await self.report.check("another's orders", _may_read(client, foreign, is_allowed=role in READS_ALL_ORDERS))
        await self.report.check("publish", _may_not_publish(client))
        if not self._has_part("trading"):
            print("trading  accounts left out, as the gateway keeps none")
        elif role in READS_OWN_ORDERS:
            await self.report.check("stream.get", tells_snapshot(client, own))
            if role == TRADER:
                await self._check_account(client, own)

    async def _check_account(self, client: Client, orders: str) -> None:
        await self.report.check("account.get_wallet", tells_wallet(client))
        if self._has_part(PLATFORM_ACCOUNTS):
            print("trading  order left out, as a platform's engine would execute it")
            return
        tape = await client.follow(orders)
        await self.report.check("order on paper", rests_and_is_cancelled(client, tape))

    def _has_part(self, name: str) -> bool:
        return any(part["name"] == name for part in self.health["parts"])

    async def _with_client(self, checks: Callable[[Client], Awaitable[None]], token: str | None = None) -> None:
        joined: list[Client] = []
        name = "join without a token" if token is None else "sign in with the token"
        if await self.report.check(name, _join(self.gateway, token, joined)):
            await checks(joined[0])
            await joined[0].end()


async def _join(gateway: Gateway, token: str | None, joined: list[Client]) -> str:
    joined.append(await gateway.join(token))
    details = await joined[0].joined
    return f"as {details.authid}, role {details.authrole}"


async def _part_is_up(part: Envelope) -> str:
    if part["state"] != "up":
        raise CheckFailed(f"{part['state']}: {part['reason']}")
    return "up" if part["age_ms"] is None else f"up, last message {part['age_ms']} ms ago"


async def _serves_a_page(gateway: Gateway) -> str:
    status, content_type, _body = await gateway.get("/")
    if status != HTTPStatus.OK or not content_type.startswith("text/html"):
        raise CheckFailed(f"expected status 200 and HTML, received status {status} and {content_type}")
    return gateway.url


async def _knows_me(client: Client) -> str:
    details, info = await client.joined, await client.ask("session.info")
    expected = {"session": details.session, "user_id": details.authid, "role": details.authrole}
    received = {name: info[name] for name in expected}
    if received != expected:
        raise CheckFailed(f"expected {expected}, received {received}")
    return f"role {info['role']}, until {info['expires_at'] or 'it leaves'}, serializer {info['serializer']}"


async def _round_trip(client: Client) -> str:
    begun_s = time.monotonic()
    answer = await client.ask("session.ping")
    return f"{(time.monotonic() - begun_s) * 1000:.1f} ms, the gateway's clock shows {answer['ts']}"


async def _beats(client: Client) -> str:
    tape = await client.follow("tapecast.system.heartbeat")
    events = await tape.until(lambda events: len(events) > 1, "two heartbeats")
    _refuse_holes(events)
    return f"counter {events[-1][1]['payload']['counter']}"


async def _lists_instruments(client: Client) -> str:
    instruments = await client.ask("market.list_instruments")
    if not instruments:
        raise CheckFailed("there is none")
    venues = sorted({venue for instrument in instruments for venue in instrument["venues"]})
    return f"{len(instruments)} on {', '.join(venues)}"


async def _prices_flow(prices: Tape) -> str:
    events = await prices.until(lambda events: len(events) >= PRICES, f"{PRICES} price events")
    _refuse_holes(events)
    topics = len({topic for topic, _event in events})
    return f"{len(events)} on {topics} topics, seq in steps of one"


async def _tells_price(client: Client, instrument: str) -> str:
    price = await client.ask("market.get_price", instrument=instrument)
    return f"{price['instrument']} {price['price']}, seq {price['seq']}, {price['meta']['age_ms']} ms old"


async def _tells_price_over_http(gateway: Gateway, instrument: str) -> str:
    status, _content_type, body = await gateway.get(f"/api/prices/{instrument}")
    if status != HTTPStatus.OK:
        raise CheckFailed(f"status {status}: {body}")
    return f"{body['instrument']} {body['price']}, seq {body['seq']}"


async def _snapshot_joins_stream(client: Client, topic: str) -> str:
    tape = await client.follow(topic)
    snapshot = await client.ask("stream.get", topic=topic)

    def newer(events: list[TopicEvent]) -> list[TopicEvent]:
        return [(topic, event) for topic, event in events if is_newer(event, snapshot)]

    events = newer(await tape.until(lambda events: bool(newer(events)), f"the event after seq {snapshot['seq']}"))
    _refuse_holes([(topic, snapshot), *events])
    return f"seq {events[0][1]['seq']} follows the snapshot's {snapshot['seq']}"


async def _may_read(client: Client, topic: str, *, is_allowed: bool) -> str:
    try:
        await client.follow(topic)
    except ApplicationError as error:
        if is_allowed:
            raise
        return _as_expected(error, "tapecast.error.not_authorized")
    if not is_allowed:
        raise CheckFailed(f"{topic} was granted")
    return "granted, as the role may"


async def _may_not_publish(client: Client) -> str:
    try:
        await client.publish("tapecast.price.BTCUSDT", options=PublishOptions(acknowledge=True))
    except ApplicationError as error:
        return _as_expected(error, "tapecast.error.not_authorized")
    raise CheckFailed("a client could publish")


async def _is_turned_away(gateway: Gateway, token: str) -> str:
    try:
        client = await gateway.join(token)
    except CheckFailed as refusal:
        if not str(refusal).startswith("tapecast.error.token_invalid:"):
            raise
        return f"refused, {refusal}"
    await client.end()
    raise CheckFailed("a token with a false signature was let in")


def _as_expected(error: ApplicationError, uri: str) -> str:
    if error.error != uri:
        raise error
    return f"refused, {uri}, as the role may not"


def _refuse_holes(events: Iterable[TopicEvent]) -> None:
    hole = find_hole(events)
    if hole is not None:
        raise CheckFailed(hole)


def spoiled(token: str) -> str:
    """The token with another first character of its signature."""
    head, _, signature = token.rpartition(".")
    return f"{head}.{'B' if signature.startswith('A') else 'A'}{signature[1:]}"


def parse_arguments() -> argparse.Namespace:
    """The command's arguments; unusable ones end it with status 2."""
    parser = argparse.ArgumentParser(prog="probe", description="Ask a running gateway what works.")
    parser.add_argument("--test", choices=(*TESTS, "all"), default="all", help="what to test; default: all")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="default: http://127.0.0.1:8080")
    parser.add_argument("--token", help="a user's token; trading needs one, and all leaves trading out without one")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="S", help="most seconds to wait; default: 10")
    arguments = parser.parse_args()
    if not is_usable_url(arguments.url):
        parser.error(f"--url: expected a URL such as http://127.0.0.1:8080, received {arguments.url!r}")
    if not 0 < arguments.timeout < float("inf"):
        parser.error(f"--timeout: expected a number above 0, received {arguments.timeout:g}")
    if arguments.test == "trading" and arguments.token is None:
        parser.error("--test trading needs --token; make one with: tapecast token --user alice --role trader")
    return arguments


def is_usable_url(url: str) -> bool:
    """Whether a gateway can be at a URL."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


async def probe(arguments: argparse.Namespace) -> int:
    """Connect, run the tests, and give the exit status."""
    gateway = Gateway(url=arguments.url.rstrip("/"), timeout_s=arguments.timeout)
    try:
        _status, _content_type, health = await gateway.get("/health")
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no gateway to be tested
        print(f"probe: cannot connect to {gateway.url}: {error_text(error)}", file=sys.stderr)
        return UNUSABLE
    if not isinstance(health, dict) or "parts" not in health:
        print(f"probe: {gateway.url}/health: this is no gateway", file=sys.stderr)
        return UNUSABLE
    tests = TESTS if arguments.test == "all" else (arguments.test,)
    return await Probe(gateway=gateway, report=Report(), health=health, token=arguments.token).run(tests)


def main() -> None:
    """Run the command and exit."""
    arguments = parse_arguments()
    statuses: list[int] = []

    def begin() -> None:
        running = Deferred.fromCoroutine(probe(arguments))
        running.addCallback(statuses.append).addBoth(lambda _result: reactor.stop())

    reactor.callWhenRunning(begin)
    reactor.run()
    sys.exit(statuses[0] if statuses else INTERRUPTED)


if __name__ == "__main__":
    main()
