"""Python's garbage collector in a process that holds tens of thousands of connections, or of orders."""

import gc

THRESHOLDS = (20_000, 20, 50)
"""Objects between collections of the youngest, and how many of these between those of the older ones."""


def spare_what_is_loaded() -> None:
    """
    Look for garbage less often, and never among what is there now.

    Half a million objects of the libraries, which stay for ever, would be looked through again and again while clients
    or orders come in.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
