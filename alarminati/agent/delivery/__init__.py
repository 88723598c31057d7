"""Rendering and sending; which channels exist."""
