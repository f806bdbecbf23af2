"""How much a process writes to its log."""

LEVELS = ("debug", "info", "warn", "error")
"""The least level of our own events that is written; of the libraries only errors are."""
