"""Conversion between core types and the wire or disk: stubs, options, statuses, credentials."""
