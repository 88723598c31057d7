"""Durations, sizes and addresses as people write them.

Each is a class of its own, so that reading them is asked of us (`read`) and not of msgspec.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final, Self, final

from alarminati.config.refusal import shown
from alarminati.wire.addresses import join

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PIECE.pattern})+", re.ASCII)

_SIZES: Final = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9} | {
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
LARGEST: Final = 2**63 - 1  # bytes
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?i?b?)", re.ASCII | re.IGNORECASE)

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,253}[A-Za-z0-9_.])?", re.ASCII)


@final
class Duration(float):
    """Seconds."""

    @classmethod
    def read(cls, value: object) -> Self:
        """Read "1h30m", "15s", "250ms", or a number of seconds. Raises ValueError."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = float(value) if abs(value) < 1e11 else 1e11  # some are too large for a float
        elif isinstance(value, str) and _DURATION.fullmatch(value.replace(" ", "")):
            seconds = sum(float(n) * _UNITS[unit] for n, unit in _PIECE.findall(value))
        elif isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value.strip(), re.ASCII):
            seconds = float(value)
        else:
            raise ValueError(
                f"{shown(value)} is not a duration; write for example 15s, 5m or 1h30m"
            )
        if not 0 <= seconds <= 1e10:
            raise ValueError(f"{shown(value)} is not a duration from 0 to 300 years")
        return cls(seconds)

    def __str__(self) -> str:
        seconds = float(self)
        whole = round(seconds)
        if whole != seconds or whole == 0:
            return f"{seconds:g}s"
        parts = []
        for unit in ("d", "h", "m", "s"):
            count, whole = divmod(whole, int(_UNITS[unit]))
            parts += [f"{count}{unit}"] if count else []
        return "".join(parts)


@final
class Size(int):
    """Bytes."""

    @classmethod
    def read(cls, value: object) -> Self:
        """Read "4MiB", "64kB", or a number of bytes. Raises ValueError."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return cls(value)
        match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
        unit = match[2].lower() if match else "?"
        if match is None or unit not in _SIZES:
            raise ValueError(f"{shown(value)} is not a size; write for example 64kB or 4MiB")
        size = float(match[1]) * _SIZES[unit]
        if size > LARGEST:
            raise ValueError(f"{shown(value)} is not a size of at most 8 exabytes")
        return cls(size)

    def __str__(self) -> str:
        for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
            if self and self % factor == 0:
                return f"{self // factor}{unit}"
        return f"{int(self)}B"


@final
class Address:
    """Where to listen or to whom to speak."""

    __slots__ = ("host", "port")

    def __init__(self, host: str, port: int) -> None:
        self.host = host  # a name or an IP address, IPv6 without brackets
        self.port = port

    @classmethod
    def read(cls, value: object) -> Self:
        """Read "host:port", "[::1]:port", or ":port" for every interface. Raises ValueError."""
        host, colon, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
        if not colon or not re.fullmatch(r"\d{1,5}", port, re.ASCII) or int(port) > 65535:
            raise ValueError(f"{shown(value)} is not HOST:PORT; write for example 0.0.0.0:7443")
        if host.startswith("[") and host.endswith("]") and _is_ip(host[1:-1]):
            return cls(host[1:-1], int(port))
        if ":" in host:
            raise ValueError(f"{shown(value)} is not HOST:PORT; write IPv6 as [::1]:7443")
        if host and not _HOST.fullmatch(host):
            raise ValueError(f"{shown(value)} is not HOST:PORT; {shown(host)} is no host name")
        return cls(host or "0.0.0.0", int(port))

    @property
    def is_loopback(self) -> bool:
        """True when only this machine can be meant."""
        return ip_address(self.host).is_loopback if _is_ip(self.host) else self.host == "localhost"

    @property
    def is_wildcard(self) -> bool:
        """True when it stands for every address of this machine."""
        return _is_ip(self.host) and ip_address(self.host).is_unspecified

    def __str__(self) -> str:
        return join(self.host, self.port)

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash((self.host, self.port))


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
