"""Who may join, as what, and what they may touch."""
