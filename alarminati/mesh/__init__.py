"""The interface between the replicas of a cluster."""
