"""What is, by what has happened: accounts folded from facts, and nothing else."""
