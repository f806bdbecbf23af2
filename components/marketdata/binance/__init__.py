"""Binance's spot market: its messages, its streams, its REST API, and the pool of connections to it."""
