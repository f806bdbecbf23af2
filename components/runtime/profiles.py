"""What `tapecast start` can run."""

import enum


class Profile(enum.StrEnum):
    """
    What a node consists of.

    Attributes:
        GATEWAY: The gateway: router, market and all that belongs to it.
        BENCH: The router alone, with a realm in which whoever joins may do everything below `bench.`.
    """

    GATEWAY = "gateway"
    BENCH = "bench"
