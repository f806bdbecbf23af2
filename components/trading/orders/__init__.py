"""Orders: what callers ask, checked and decided into facts, and what venues say of it."""
