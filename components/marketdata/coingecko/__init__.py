"""CoinGecko's prices, which stand in where no venue's can be relied on."""
