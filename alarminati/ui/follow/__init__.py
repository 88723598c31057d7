"""Following clusters: streams into histories, calls, joining."""
