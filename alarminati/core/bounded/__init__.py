"""Data structures with a fixed bound on memory and time."""
