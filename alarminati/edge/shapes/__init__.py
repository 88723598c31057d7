"""Shapes: pure readers of the bodies that other tools send, for the HTTP door and for queues."""
