"""Recordings, played as if the venue were speaking."""
