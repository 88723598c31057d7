"""Certificates: creating a certificate authority and issuing from it.

Agents that neither sign nor seal do without `cryptography` (see `wire.identity` and
`wire.credentials`).
"""
