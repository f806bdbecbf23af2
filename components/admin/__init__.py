"""What an operator can do with a running gateway: sessions, addresses, tokens, maintenance, and the trail of it."""
