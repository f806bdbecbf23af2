"""The slices of the gateway; each folder's docstring says what it holds."""
