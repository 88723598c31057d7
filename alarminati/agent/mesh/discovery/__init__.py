"""Discovery of other replicas. Import only the module of the mode in use, as `choice` does."""
