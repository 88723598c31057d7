"""Transport of the mesh over gRPC, and the discovery of peers."""
