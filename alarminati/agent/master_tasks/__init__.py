"""Tasks that only the master runs."""
