"""Heads of requests: what stands in them, and what must not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import httptools

from alarminati.edge.exchange import Response, refusal

_HOST: Final = re.compile(r"(\[[0-9a-f:.%a-z]*\]|[a-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?", re.ASCII)
"""RFC 9110 section 7.2, in lower case."""

_FRAMING: Final = ("content-length", "transfer-encoding")


@dataclass(slots=True)
class HeadParts:
    """A head as it comes in; `headers` as in `Request`."""

    headers: dict[str, str] = field(default_factory=dict)
    method: str = ""
    version: str = ""
    path: str = "/"
    query: str = ""
    hosts: list[str] = field(default_factory=list)  # every Host there is, as sent
    _authority: str = ""  # of an address in absolute form: it counts, and Host does not
    _framing: list[tuple[str, str]] = field(default_factory=list)  # as sent, in order

    def add(self, name: str, value: str) -> None:
        """Note one header; `name` is in lower case."""
        if name == "host":
            self.hosts.append(value)
        elif name in _FRAMING:
            self._framing.append((name, value))
        self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value

    def address(self, url: bytes) -> None:
        """Note what was asked for. Raises HttpParserInvalidURLError.

        Nothing is decoded: what a proxy in front of us lets through by its path must be that path
        here, too. One slash at the end is forgiven.
        """
        parsed = httptools.parse_url(url)
        path = (parsed.path or b"/").decode("latin-1")
        self.path = path[:-1] if len(path) > 1 and path.endswith("/") else path
        self.query = (parsed.query or b"").decode("latin-1")
        self._authority = (parsed.host or b"").decode("latin-1")

    @property
    def host(self) -> str:
        """Whom it is for, without the port, in lower case; "" when it does not say."""
        if self._authority:
            name = self._authority.lower()
            return f"[{name}]" if ":" in name and not name.startswith("[") else name
        found = _HOST.fullmatch(self.hosts[0].strip().lower()) if self.hosts else None
        return found[1] if found else ""

    def without_upgrade(self) -> bytes:
        """A head that is followed by the same body, and by the same protocol."""
        options = self.headers.get("connection", "").lower().split(",")
        wanted = [o for o in (o.strip() for o in options) if o in ("close", "keep-alive")]
        lines = [f"{self.method} / HTTP/{self.version}", "host: x"]
        lines += [f"{name}: {value}" for name, value in self._framing]
        lines += [f"connection: {', '.join(wanted)}"] if wanted else []
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def wrong_head(parts: HeadParts) -> Response | None:
    """What to answer a head that RFC 9112 does not allow; None: it does."""
    if parts.version not in ("1.0", "1.1"):
        version = parts.version[:10]
        return refusal(505, f"HTTP/{version} is not spoken here in this form; use HTTP/1.1")
    if len(parts.hosts) > 1:
        return refusal(400, "the header Host is there more than once", "host")
    if not parts.hosts and parts.version == "1.1":
        return refusal(400, "the header Host is missing; every HTTP/1.1 request has one", "host")
    if parts.hosts and not _HOST.fullmatch(parts.hosts[0].strip().lower()):
        return refusal(400, "the header Host is not the name of a host", "host")
    return None
