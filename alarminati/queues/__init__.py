"""Message queues that alarms are taken from, each behind the port of `port.py`."""
