"""Alarms for people who run several Kubernetes clusters.

Keep this module empty of imports: `from alarminati.v1 import ...` must not pay for anything else.
"""

__version__ = "0.1.0"
