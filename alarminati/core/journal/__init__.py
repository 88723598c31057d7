"""Storage, replication and acknowledgement of entries."""
