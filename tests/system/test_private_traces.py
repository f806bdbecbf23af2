"""What one user does leaves no trace that another could read: no name, no number, no order of ids."""

import itertools
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import threads

from tests.support.node import RunningNode
from tests.support.people import Person, join_as, outcome_of
from tests.support.private_world import until_arrived

FAR = "80000"
"""A price of BTCUSDT that no market comes to."""

FOLLOWED = ("orders", "fills", "wallet", "positions")


def limit_order(name: str, *, side: str = "buy", quantity: str = "0.001", price: str = FAR) -> dict[str, str]:
    """The arguments of a limit order."""
    return {
        "client_order_id": name,
        "instrument": "BTCUSDT",
        "side": side,
        "type": "limit",
        "quantity": quantity,
        "price": price,
    }


@pytest_twisted.ensureDeferred
async def test_who_trades_with_somebody_learns_nothing_of_them(paper_node: RunningNode) -> None:
    """Of an execution against one another, neither side is told the other's names, ids or words for the call."""
    operator = await join_as(paper_node, "operator")
    evelyn, robert = await join_as(paper_node, "evelyn"), await join_as(paper_node, "robert")
    await operator.get("admin.accounts.adjust", **adjustment("evelyn", "BTC", "8"))
    for person in (evelyn, robert):
        await person.follow(f"tapecast.user.{person.name}", "prefix")

    bid = limit_order("roberts-order", quantity="0.5", price=await price_below_the_book(robert))
    resting = await robert.get("orders.place", correlation_id="roberts-call", **bid)
    sale = {**limit_order("evelyns-order", side="sell", quantity="8"), "type": "market", "price": None}
    sold = await evelyn.get("orders.place", correlation_id="evelyns-call", **sale)
    for person in (evelyn, robert):
        await until_arrived(person, *FOLLOWED)

    executed = await robert.get("orders.get", order_id=resting["order_id"])
    assert executed["status"] == "filled"
    his, hers = json.dumps([robert.events, executed]), json.dumps([evelyn.events, sold])
    for word, own, others in (
        ("robert", his, hers),
        (resting["order_id"], his, hers),
        ("evelyn", hers, his),
        (sold["order_id"], hers, his),
    ):
        assert word in own
        assert word not in others
    for person in (operator, evelyn, robert):
        await person.leave()


async def price_below_the_book(person: Person) -> str:
    """A price of BTCUSDT for a buyer that everybody who is in the live book comes before."""
    price = (await person.get("market.get_price", instrument="BTCUSDT"))["price"]
    return f"{float(price) * 0.995:.2f}"


def adjustment(user_id: str, currency: str, amount: str) -> dict[str, str]:
    """The arguments that put money into an account."""
    name = f"{user_id}-{currency}"
    return {"user_id": user_id, "currency": currency, "amount": amount, "adjustment_id": name, "reason": "a test"}


@pytest_twisted.ensureDeferred
async def test_numbers_and_ids_do_not_count_what_others_do(paper_node: RunningNode) -> None:
    """Another's orders move no epoch and no number of one's own, and ids of orders are in no order."""
    ida, joe = await join_as(paper_node, "ida"), await join_as(paper_node, "joe")
    first = await joe.get("orders.place", **limit_order("first"))
    before = await told(joe)

    hers = [await ida.get("orders.place", **limit_order(f"hers-{number}")) for number in range(5)]
    await ida.get("orders.cancel_all")

    assert await told(joe) == before
    second = await joe.get("orders.place", **limit_order("second"))
    numbers = [int(order["order_id"], 16) for order in (first, *hers, second)]
    assert all(re.fullmatch("[0-9a-f]{24}", order["order_id"]) for order in (first, *hers, second))
    assert min(abs(one - other) for one, other in itertools.combinations(numbers, 2)) > 2**64
    for person in (ida, joe):
        await person.leave()


async def told(person: Person) -> Mapping[str, Any]:
    """Everything that somebody can ask about the own account, its streams and its connection."""
    info = await person.get("session.info")
    states = {
        name: await person.get("stream.get", topic=f"tapecast.user.{person.name}.{name}")
        for name in (*FOLLOWED, "alerts", "session", "bots")
    }
    return {
        "places": {name: (state["epoch"], state["seq"]) for name, state in states.items()},
        "orders": await person.get("orders.list"),
        "wallet": await person.get("account.get_wallet"),
        "alerts": await person.get("risk.list_alerts"),
        "switch": await person.get("session.cancel_on_disconnect", after_ms=0),
        "user": (info["user_id"], info["user"], info["role"]),
    }


@pytest_twisted.ensureDeferred
async def test_an_id_that_looks_like_anothers_topic_is_another(paper_node: RunningNode) -> None:
    """A user whose id is what another's looks like in a URI reads the own topics, and none of the other's."""
    lou, fake = await join_as(paper_node, "lou.x"), await join_as(paper_node, "lou_2ex")
    await lou.get("orders.place", **limit_order("mine"))

    foreign = await fake.ask("stream.get", topic="tapecast.user.lou_2ex.orders")
    own = await fake.get("stream.get", topic="tapecast.user.lou_5f2ex.orders")
    subscribed = await outcome_of(fake.subscribe(lambda **_: None, "tapecast.user.lou_2ex.orders"))

    assert (foreign.code, subscribed.code) == ("not_authorized", "not_authorized")
    assert own["seq"] == 0
    assert (await fake.ask("orders.get", client_order_id="mine")).code == "unknown_order"
    for person in (lou, fake):
        await person.leave()


@pytest.mark.parametrize(
    "path", ["/health", "/api/status", "/api/stats", "/api/performance", "/api/topics", "/api/user", "/openapi.json"]
)
@pytest_twisted.ensureDeferred
async def test_http_tells_nothing_of_accounts(paper_node: RunningNode, path: str) -> None:
    """No page of HTTP names a user's topic or a user."""
    kim = await join_as(paper_node, "kimberly")
    await kim.follow("tapecast.user.kimberly", "prefix")
    await kim.get("orders.place", **limit_order(f"kims{path.replace('/', '.')}"))

    page = await threads.deferToThread(body_of, f"{paper_node.url}{path}")

    assert "kimberly" not in page
    assert "tapecast.user." not in page.replace("tapecast.user.{user_id}", "")
    await kim.leave()


def body_of(url: str) -> str:
    """What a page holds, whatever its status."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.read().decode()
