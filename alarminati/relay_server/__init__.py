"""Relay: takes webhooks on the internet and keeps them until a cluster pulls them."""
