"""Fake vendors, for tests only."""
