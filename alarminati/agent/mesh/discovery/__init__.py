"""Finding other replicas. Import only the module of the mode in use: `choice` does."""
