"""What clients can rely on, as data: topics, procedures, roles, errors, closes and the envelope."""
