"""Stubs generated from proto/public; `make stubs` makes them anew."""
