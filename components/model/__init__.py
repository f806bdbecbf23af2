"""The frozen vocabulary of the trade, and the errors that the gateway raises on purpose."""
