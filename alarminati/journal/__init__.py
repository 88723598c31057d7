"""The journal, on disk and between replicas."""
