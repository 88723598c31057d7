"""Fold of reports into episodes: which alarms fire."""
