"""Which alarms fire: the fold of reports into episodes."""
