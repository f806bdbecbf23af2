"""Which pages may connect: those of the gateway's own address, and those that the operator lists."""

from urllib.parse import urlsplit


def is_allowed_origin(origin: str | None, host: str | None, allowed: frozenset[str]) -> bool:
    """
    Whether a connection may come from a page of this origin.

    Args:
        origin: The request's `Origin`; None for a client that is not a browser, which a header would not hold back.
        host: The request's `Host`.
        allowed: Origins that the operator lists, such as `https://desk.example`; `*` allows every page.
    """
    if origin is None or "*" in allowed or origin in allowed:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and host is not None and parts.netloc.lower() == host.lower()
