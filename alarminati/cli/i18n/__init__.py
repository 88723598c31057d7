"""Translations of what the command line prints."""
