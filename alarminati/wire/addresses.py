"""Addresses in text form: HOST:PORT, and [V6]:PORT where the host is IPv6.

These functions expect valid addresses; `config.quantities.Address` reads what people write.
"""

from __future__ import annotations


def join(host: str, port: int) -> str:
    """Return the address of a port on a host."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def split(address: str) -> tuple[str, int]:
    """Return host, IPv6 without brackets, and port."""
    return host_of(address), int(address.rpartition(":")[2])


def host_of(address: str) -> str:
    """Return the host alone, IPv6 without brackets."""
    return address.rpartition(":")[0].removeprefix("[").removesuffix("]")
