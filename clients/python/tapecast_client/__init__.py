"""A client of a Tapecast gateway: `on_twisted` and `on_asyncio` have it ready for use."""
