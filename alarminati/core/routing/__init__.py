"""Which channels an alarm goes to, and what mutes it."""
