"""Trading: accounts with their orders, positions and balances, and the venue on paper that executes orders."""
