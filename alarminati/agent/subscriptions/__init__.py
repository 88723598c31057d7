"""Replay of the journal to subscribers, and fan-out."""
