"""Who is at this machine, and who only seems to be."""

from typing import Any

import pytest

from router.nearness import OF_PROXIES, Asker

HOST = "127.0.0.1:8080"


def asker(
    address: str | None = "127.0.0.1", *, scheme: str = "http", protocol: str = "HTTP/1.1", **headers: Any
) -> Asker:
    """Somebody at this machine, but for what is said; `_` in a header's name stands for `-`."""
    told = {"Host": HOST, **headers}
    return Asker(
        address=address,
        scheme=scheme,
        protocol=protocol,
        headers={
            name.replace("_", "-"): [value] if isinstance(value, str) else value
            for name, value in told.items()
            if value is not None
        },
    )


@pytest.mark.parametrize(
    "one",
    [
        asker(),
        asker(Host="localhost"),
        asker(Host="LOCALHOST:9000"),
        asker("::1", Host="[::1]:8080"),
        asker("127.8.8.8"),
        asker("::ffff:127.0.0.1"),
        asker(Origin=f"http://{HOST}"),
        asker(Origin=f"https://{HOST}", scheme="https"),
        asker(Sec_Fetch_Site="same-origin"),
        asker(Sec_Fetch_Site="none"),
    ],
)
def test_whoever_is_at_this_machine_is_near(one: Asker) -> None:
    """A page of the gateway's own, and a program."""
    assert one.is_near()


@pytest.mark.parametrize(
    "one",
    [
        asker("203.0.113.5"),
        asker("10.0.0.1"),
        asker("::ffff:203.0.113.5"),
        asker("fe80::1"),
        asker(None),
        asker("not an address"),
        asker(Host=None),
        asker(Host=""),
        asker(Host=[HOST, HOST]),
        asker(Host="gateway.example"),
        asker(Host="127.0.0.1.rebound.example"),
        asker(Host="localhost.rebound.example:8080"),
        asker(Host="rebound.example:127"),
        asker(Host="127.0.0.1@rebound.example"),
        asker(Host="0.0.0.0:8080"),
        asker(Host="[::]:8080"),
        asker(Host="[::1"),
        asker(Host="127.0.0.1:8080 "),
        asker(Host="127.0.0.1:8080\n"),
        asker(Host="2130706433"),
        asker(Origin="https://rebound.example"),
        asker(Origin="null"),
        asker(Origin=""),
        asker(Origin="http://127.0.0.1:3000"),
        asker(Origin=f"https://{HOST}"),
        asker(Origin=[f"http://{HOST}", "https://rebound.example"]),
        asker(Sec_Fetch_Site="cross-site"),
        asker(Sec_Fetch_Site="same-site"),
        asker(Sec_Fetch_Site=["same-origin", "cross-site"]),
        *(asker(**{name.replace("-", "_"): "127.0.0.1"}) for name in OF_PROXIES),
        asker(X_Forwarded_For=""),
        asker(protocol="HTTP/1.0"),
    ],
)
def test_whoever_is_elsewhere_is_not_near(one: Asker) -> None:
    """Another machine, a proxy, a name that was rebound, a page of another server: one sign is enough."""
    assert not one.is_near()
