"""Protocol between a relay and the agents that pull from it."""
