"""What a platform with an engine of its own hands in of its accounts, and what it is asked to do."""
