"""Whether a request was made at this very machine, by a page of the gateway's own or by no page at all."""

import ipaddress
import re
from collections.abc import Mapping, Sequence

import attrs

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")

OF_PROXIES = (
    "CF-Connecting-IP",
    "Forwarded",
    "True-Client-IP",
    "Via",
    "X-Client-IP",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
    "X-Forwarded-Server",
    "X-Real-IP",
)
"""Headers of requests that come from further away than they seem to."""

_OWN_PAGES = {"same-origin", "none"}
"""What a browser says in `Sec-Fetch-Site` of what a page asks its own server for, and of an address typed in."""

SPOKEN = "HTTP/1.1"
"""By every browser. A proxy that was told nothing else may speak HTTP/1.0, as nginx does, and add no header at all."""

LOOKED_AT = ("Host", "Origin", "Sec-Fetch-Site", *OF_PROXIES)
"""The headers that are needed to tell."""


@attrs.frozen(kw_only=True)
class Asker:
    """
    Who makes a request, as far as it says.

    Attributes:
        address: Of the connection; None where it has none.
        scheme: `http` or `https`.
        protocol: What it speaks, such as `HTTP/1.1`.
        headers: Those of `LOOKED_AT` that it has, each with all of its values.
    """

    address: str | None
    scheme: str
    protocol: str
    headers: Mapping[str, Sequence[str]]

    def is_near(self) -> bool:
        """
        Whether it is one that only somebody at this machine can make.

        A name that was rebound to this machine is still in `Host`, a page of another server in `Origin`, and a proxy
        says that it is one: each of them is from elsewhere.
        """
        hosts = self.headers.get("Host", ())
        return (
            is_loopback(self.address)
            and self.protocol == SPOKEN
            and not any(name in self.headers for name in OF_PROXIES)
            and len(hosts) == 1
            and _is_name_of_this_machine(hosts[0])
            and all(origin == f"{self.scheme}://{hosts[0]}" for origin in self.headers.get("Origin", ()))
            and _OWN_PAGES.issuperset(self.headers.get("Sec-Fetch-Site", ()))
        )


def is_loopback(address: str | None) -> bool:
    """Whether an address is one of the machine's to itself."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _is_name_of_this_machine(host: str) -> bool:
    matched = _HOST.fullmatch(host)
    name = matched["name"] if matched else ""
    return name.lower() == "localhost" or is_loopback(name.removeprefix("[").removesuffix("]"))
