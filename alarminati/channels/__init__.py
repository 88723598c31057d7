"""Where alarms are delivered: one file per kind of channel (see `port` and `table`)."""
