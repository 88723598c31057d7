"""Delivery of notifications: planning, queues, attempts, dead letters."""
