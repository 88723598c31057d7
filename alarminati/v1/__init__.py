"""Stubs generated from proto/alarminati/v1; `make stubs` makes them anew."""
