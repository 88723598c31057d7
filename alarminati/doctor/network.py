"""Examination of the network: name resolution and the TCP port."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from alarminati.doctor.findings import Finding, Sign, Step
from alarminati.wire.addresses import split
from alarminati.wire.reaching import connect

PROXIES: Final = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "grpc_proxy")
"""Variables in which programs look for a proxy."""


def find_name(address: str) -> Finding | None:
    """Return whether the host has addresses; None when it is an address itself."""
    host, port = split(address)
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        known = error.errno != socket.EAI_AGAIN
        sign = Sign.NAME_UNKNOWN if known else Sign.NAME_UNANSWERED
        return Finding(Step.NAME, sign, {"host": host})
    except UnicodeError:  # longer than a name can be
        return Finding(Step.NAME, Sign.NAME_UNKNOWN, {"host": host})
    ips = ", ".join(dict.fromkeys(str(each[4][0]) for each in found))
    return Finding(Step.NAME, Sign.NAME_WELL, {"host": host, "ips": ips})


def knock(address: str, patience: float) -> Finding:
    """Return whether a TCP connection opens within `patience` seconds."""
    begun = time.monotonic()
    try:
        with open_port(address, patience):
            passed = round((time.monotonic() - begun) * 1000)
    except ConnectionRefusedError:
        return Finding(Step.PORT, Sign.PORT_REFUSED, {"address": address})
    except TimeoutError:
        return Finding(Step.PORT, Sign.PORT_SILENT, {"address": address})
    except OSError as error:
        facts = {"address": address, "reason": error.strerror or "no connection"}
        return Finding(Step.PORT, Sign.PORT_UNREACHABLE, facts)
    return Finding(Step.PORT, Sign.PORT_WELL, {"address": address, "ms": passed})


def unused_proxy(environ: Mapping[str, str]) -> Finding | None:
    """Return a proxy that people may expect to be used; agents are never reached through one."""
    for name in PROXIES:
        if environ.get(name):
            return Finding(Step.PORT, Sign.PROXY_UNUSED, {"variable": name})
    return None


def open_port(address: str, patience: float) -> socket.socket:
    """Return a connected socket; every read and write has `patience` seconds. Raises OSError."""
    return connect(*split(address), patience)
