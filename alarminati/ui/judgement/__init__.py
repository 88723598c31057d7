"""Decisions of the app, without clocks, sockets and disks."""
