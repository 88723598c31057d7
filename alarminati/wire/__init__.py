"""What crosses a wire or reaches a disk: stubs to core types and back, channel options, statuses."""
