"""What is stored, replicated and acknowledged."""
