"""The composition root: settings, logs, wiring, containers and the command line. Nothing of ours imports it."""
