"""What a library says is wrong with what a client sent, without what it quotes of it: that may be a secret."""

import re

_LEFT_OUT = "…"
_QUOTED = re.compile(r"""["'].*["']""", re.DOTALL)
_VALUE = re.compile(r"\bvalue .* for\b", re.DOTALL)
_BEHIND_COLON = re.compile(r"\s*: (?![\d,]+\)).*", re.DOTALL)


def without_quotation(text: str) -> str:
    """
    A text of Autobahn's with everything left out that may be the client's.

    From the first quotation mark to the last: a client could write some itself.
    """
    text = _VALUE.sub(f"value {_LEFT_OUT} for", _QUOTED.sub(_LEFT_OUT, text))
    return _BEHIND_COLON.sub("", text)
