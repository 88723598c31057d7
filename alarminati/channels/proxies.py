"""Proxy of a request, from the variables as curl reads them, and faults of these variables.

`https_proxy` or `HTTPS_PROXY`, `http_proxy` (not in capitals), `all_proxy` or `ALL_PROXY`; the
exceptions are in `no_proxy` or `NO_PROXY`. No sentence repeats a value: it may hold a password.
https://curl.se/docs/manpage.html#ENVIRONMENT
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

PORTS = {"http": 1080, "https": 443}
"""Ports of a proxy without one, by scheme; 1080 is curl's."""


class BadProxy(ValueError):
    """A variable names a proxy that cannot be used. One sentence for people."""


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the proxy of a request, "" for none. Raises BadProxy."""
    parts = urlsplit(url)
    if excepted(parts.hostname or "", _first(environ, "no_proxy", "NO_PROXY")[1]):
        return ""
    variable, value = _named(parts.scheme, environ)
    return _checked(variable, value) if value else ""


def mistakes(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each variable that would misdirect a request."""
    if _first(environ, "no_proxy", "NO_PROXY")[1] == "*":
        return
    for variable, value in dict.fromkeys(_named(scheme, environ) for scheme in PORTS):
        try:
            if value:
                _checked(variable, value)
        except BadProxy as error:
            yield str(error)


def excepted(host: str, exceptions: str) -> bool:
    """Return whether NO_PROXY names a host: by name, domain, address or range.

    A `*` counts only when it stands alone, and entries with a port fit no host.
    """
    if exceptions == "*":
        return True
    entries = [entry for entry in re.split(r"[ \t,]", exceptions) if entry]
    try:
        address = ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
        domains = (entry.lower().removesuffix(".").removeprefix(".") for entry in entries)
        return any(each and (name == each or name.endswith("." + each)) for each in domains)
    return any(_within(address, entry) for entry in entries)


def _within(address: IPv4Address | IPv6Address, entry: str) -> bool:
    """Return whether an entry is that address or a range around it.

    A range of 0 bits is an address.
    """
    base, _, digits = entry.partition("/")
    try:
        network = ip_address(base)
    except ValueError:
        return False
    if network.version != address.version:
        return False
    width = address.max_prefixlen
    leading = re.match(r"\d+", digits)
    bits = (int(leading[0]) if leading else 0) or width
    return bits <= width and int(network) >> (width - bits) == int(address) >> (width - bits)


def _named(scheme: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that counts and its value; "" when none is set."""
    # HTTP_PROXY in capitals is not read: a CGI program gets it from a request's Proxy header.
    own = ("http_proxy",) if scheme == "http" else (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return _first(environ, *own, "all_proxy", "ALL_PROXY")


def _first(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    return next(((name, environ[name]) for name in names if environ.get(name)), ("", ""))


def _checked(variable: str, value: str) -> str:
    """Return the proxy with its scheme and port. Raises BadProxy."""
    address = value if "://" in value else f"http://{value}"
    scheme = address.partition("://")[0].lower()
    mend = "name an http proxy such as http://HOST:3128, or the receiver's host in NO_PROXY"
    if re.fullmatch("socks(4a?|5h?)?", scheme):
        raise BadProxy(f"{variable} names a SOCKS proxy, which is not supported; {mend}")
    if scheme not in PORTS:
        raise BadProxy(f"{variable} names a proxy that is neither http nor https; {mend}")
    try:
        parts = urlsplit(address)
        port = parts.port if parts.port is not None else PORTS[scheme]
    except ValueError:
        port = 0
    plain = address.isascii() and address.isprintable() and " " not in address
    if not plain or not port or not parts.hostname or parts.query or parts.fragment:
        raise BadProxy(f"{variable} is not the address of a proxy; {mend}")
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{user}{host}:{port}"
