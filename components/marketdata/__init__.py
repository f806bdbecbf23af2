"""Market data: a venue's bytes become quotes, trades, statistics and prices, and those become streams."""
