"""Figures of the whole program, measured from outside: `python -m bench`."""
