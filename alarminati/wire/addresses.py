"""Addresses as they are written: HOST:PORT, and [V6]:PORT where the host is IPv6.

For such as are known to be good; what people write is read by `config.quantities.Address`.
"""

from __future__ import annotations


def join(host: str, port: int) -> str:
    """The address of a port there."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split(address: str) -> tuple[str, int]:
    """Host, IPv6 without brackets, and port."""
    return host_of(address), int(address.rpartition(":")[2])


def host_of(address: str) -> str:
    """The host alone, IPv6 without brackets."""
    return address.rpartition(":")[0].removeprefix("[").removesuffix("]")
