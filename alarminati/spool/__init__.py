"""Durable spool: segment files with fsync, and what is set aside."""
