"""Certificates: making a certificate authority and issuing from it.

Only here and in `wire.sealing` is `cryptography` imported; agents that neither sign nor seal do
without it (see `wire.identity` and `wire.credentials`).
"""
