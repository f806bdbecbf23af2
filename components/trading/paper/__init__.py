"""The venue on paper: orders matched with the live book and with one another."""
