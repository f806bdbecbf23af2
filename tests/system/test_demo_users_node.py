"""Demo users on a running gateway: let in where the settings name them, and nowhere else."""

import json
import urllib.error
import urllib.request

import pytest

from tests.support.node import RunningNode

DEMO_USERS = "alice:trader,olga:admin"


def test_a_demo_user_comes_in(demo_node: RunningNode) -> None:
    """A token of the page's own server lets in its user, over HTTP as over WAMP."""
    users = demo_node.get_json("/api/demo/users")
    token = demo_node.get_json("/api/demo/token/alice")["token"]

    assert users == {"users": [{"user_id": "alice", "role": "trader"}, {"user_id": "olga", "role": "admin"}]}
    asked = urllib.request.Request(f"{demo_node.url}/api/prices/BTCUSDT", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        assert json.load(answer)["instrument"] == "BTCUSDT"


def test_a_page_of_a_rebound_name_finds_nothing(demo_node: RunningNode) -> None:
    """Its browser still says by which name it came."""
    asked = urllib.request.Request(f"{demo_node.url}/api/demo/token/alice", headers={"Host": "rebound.example"})

    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        urllib.request.urlopen(asked, timeout=60)

    refused.value.close()


def test_a_gateway_without_the_setting_has_none(node: RunningNode) -> None:
    """Nothing is on that was not asked for."""
    assert node.get_json("/api/demo/users") == {"users": []}
    with pytest.raises(urllib.error.HTTPError, match="404") as refused:
        node.get_json("/api/demo/token/alice")

    refused.value.close()


@pytest.mark.parametrize(
    ("name", "value"), [("HOST", "0.0.0.0"), ("JWT_SECRET", 32 * "s"), ("TRUSTED_PROXIES", "127.0.0.1")]
)
def test_a_gateway_that_others_count_on_does_not_start_with_them(node: RunningNode, name: str, value: str) -> None:
    """One line says why, and nothing listens."""
    given = dict(node.environment)
    node.environment.update({f"TAPECAST_{name}": value, "TAPECAST_DEMO_USERS": DEMO_USERS})
    try:
        refused = node.run("start")
    finally:
        node.environment.clear()
        node.environment.update(given)

    assert refused.returncode == 2
    assert refused.stderr.startswith("tapecast: TAPECAST_DEMO_USERS: ")
    assert refused.stderr.count("\n") == 1
