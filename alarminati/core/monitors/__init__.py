"""Alarms that the cluster raises about itself."""
