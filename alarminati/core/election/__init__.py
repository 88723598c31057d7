"""Election of the master: bully election, peer table, messages."""
