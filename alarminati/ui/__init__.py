"""App on a person's own computer: all clusters in one place, served to the browser beside it."""
