"""Facts, their identity and order; how reports are validated and matched."""
