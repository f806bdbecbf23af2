"""Bots: what they report of themselves, and that they have gone silent."""
