"""Bounded spool of messages: frames on disk, segments, and what is acknowledged."""
