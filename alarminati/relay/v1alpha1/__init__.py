"""Stubs generated from proto/internal; `make stubs` makes them anew."""
