"""Fixture server of the app's page: a believable day of alarms, the same at every start."""
