"""Real processes for tests: agents, clusters of them, a sink, networks of their own."""
