"""Channels: one module for each vendor to which alarms are delivered."""
