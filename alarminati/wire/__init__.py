"""What crosses a wire or reaches a disk: stubs to core types and back, options, statuses."""
