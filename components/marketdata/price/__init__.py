"""The one price of an instrument, from the source that can be relied on."""
