"""The simulated exchange, which speaks Binance's language."""
