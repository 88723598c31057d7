"""Routing of alarms to channels, and what mutes alarms."""
