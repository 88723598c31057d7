"""Certificates: making a certificate authority and issuing from it.

The only package that imports `cryptography`; running agents do without it (see `wire.identity` and
`wire.credentials`).
"""
