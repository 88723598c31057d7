"""Fault laboratory: real agents, random faults by a seed, and one checker over what was seen."""
