"""What every published stream shares: numbers, epochs and snapshots."""
