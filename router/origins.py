"""Which pages may connect: those of the gateway's own address, and those that the operator lists."""

from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_allowed_origin(
    origin: str | None, host: str | None, allowed: frozenset[str], *, is_encrypted: bool = False
) -> bool:
    """
    Whether a connection may come from a page of this origin.

    Args:
        origin: The request's `Origin`; None for a client that is not a browser, which a header would not hold back.
        host: The request's `Host`.
        allowed: Origins that the operator lists, such as `https://desk.example`; `*` allows every page.
        is_encrypted: Whether the gateway itself speaks HTTPS: a page that came over plain HTTP is then none of its own.
            Otherwise a proxy may speak it for the gateway.
    """
    if origin is None or "*" in allowed or origin in allowed:
        return True
    page = _address(origin)
    if page is None:
        return False
    own = None if host is None else _address(f"{'https' if is_encrypted else page[0]}://{host}")
    return page == own or page in {_address(listed) for listed in allowed}


def _address(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host in lower case and port of an origin; None where it is not the origin of a page."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    default_port = _DEFAULT_PORTS.get(parts.scheme)
    if default_port is None or not parts.hostname or "@" in parts.netloc or parts.path or parts.query or parts.fragment:
        return None
    return parts.scheme, parts.hostname, default_port if port is None else port
