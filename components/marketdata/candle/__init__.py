"""Candles: made of trades, checked against the venue's own."""
