"""Whether a request was made on this machine, by somebody who meant us.

That its connection comes from loopback does not say so. A proxy or a sidecar here passes on what
came from anywhere; and a web page can have its own name lead to 127.0.0.1 (DNS rebinding), after
which a browser lets it send to us and read our answers as if we were its own server. Proxies say
what they are by headers, and a browser says the name by which it found us.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from alarminati.edge.exchange import Request
from alarminati.edge.whence import LOOPBACK

PASSED_ON: Final = (
    "forwarded",
    "via",
    "x-real-ip",
    "x-envoy-external-address",
    "cf-connecting-ip",
    "true-client-ip",
)
"""Headers that proxies add, besides all X-Forwarded-..."""


def distance(request: Request) -> str:
    """Why a request does not count as made on this machine, a clause; empty: it does."""
    if request.whence != LOOPBACK:
        return f"it comes from {request.whence}"
    for name in request.headers:
        if name in PASSED_ON or name.startswith("x-forwarded-"):
            return f"a proxy passed it on ({name})"
    if "origin" in request.headers:
        return "a web page sends it (origin)"
    if not is_local(request.host):
        name = request.host[:80]
        return f"it is for the host {name!a}, not for localhost or 127.0.0.1"
    return ""


def is_local(host: str) -> bool:
    """Is that a name which leads to this machine, whatever a name server says?"""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_cross_site(request: Request) -> bool:
    """A browser says that a page of another site sends this."""
    return request.headers.get("sec-fetch-site", "").strip().lower() == "cross-site"


def is_rebound(request: Request) -> bool:
    """It comes from this machine, for a name that is none of its own: see above."""
    return request.whence == LOOPBACK and not _is_address(request.host) and bool(request.host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost"
    return True
