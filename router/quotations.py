"""What a library says is wrong with what a client sent, without what it quotes of it: that may be a secret."""

import re

_LEFT_OUT = "…"
_QUOTED = re.compile(r"""["'].*["']""", re.DOTALL)
_QUOTING = re.compile(r"\b(?:value|type) ")
_FOR = re.compile(r" for\b")
_COLON = re.compile(r": (?![\d,]+\))")


def without_quotation(text: str) -> str:
    """
    A text of Autobahn's with everything left out that may be the client's.

    From the first quotation mark to the last: a client could write some itself. A text may hold a whole message, and
    each pattern is looked for in one go through it.
    """
    text = _without_value(_QUOTED.sub(_LEFT_OUT, text))
    colon = _COLON.search(text)
    return text if colon is None else text[: colon.start()].rstrip()


def _without_value(text: str) -> str:
    """A text without what is between the first `value` or `type` and the last `for` behind it."""
    quoting = _QUOTING.search(text)
    ends = [] if quoting is None else [found.start() for found in _FOR.finditer(text, quoting.end() - 1)]
    return f"{text[: quoting.end()]}{_LEFT_OUT}{text[ends[-1] :]}" if quoting is not None and ends else text
