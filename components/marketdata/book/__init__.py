"""Order books: kept in step with their venues, and told."""
