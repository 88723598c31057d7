"""Who is master: bully election, peer table, messages."""
