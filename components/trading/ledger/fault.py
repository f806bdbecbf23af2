"""What a ledger says of a fact that cannot be true."""


class LedgerFault(Exception):
    """
    A fact cannot follow what the ledger holds: who made it decided wrongly, which is a bug of the gateway.

    A caller never sees it. The ledger is as it was before.
    """
