"""The gRPC services: requests to core types, answers back. Who may call what is `agent.access`."""
