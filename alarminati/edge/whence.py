"""Which connections count as coming from one client."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Final

LOOPBACK: Final = "loopback"
"""This machine itself."""

_PREFIX: Final = 64  # bits of an IPv6 address; one customer commonly has at least that many to use


@lru_cache(maxsize=1024)
def whence(host: str) -> str:
    """What stands for a client at this IP address: LOOPBACK, the address, or an IPv6 network."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host  # no IP address: nothing to shorten
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            if address.is_loopback:
                return LOOPBACK
            network = IPv6Address(int(address) >> (128 - _PREFIX) << (128 - _PREFIX))
            return f"{network}/{_PREFIX}"
        address = address.ipv4_mapped
    return LOOPBACK if address.is_loopback else str(address)
