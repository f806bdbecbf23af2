"""The Crossbar personality: what a connection may send, and how events reach it."""
