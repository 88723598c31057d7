"""Decisions, in plain Python: no clock, no socket, no disk. Inputs say what happened and when."""
