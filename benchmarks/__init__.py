"""Measurements: each prints machine, command, ours, the peer's and the ratio, in one run."""
