"""The one HTTP client of all channels, with one limit on the time of everything together.

Nothing here may put an address, header or body into an error: they hold secrets. Errors name the
host only, and carry no cause that would tell more.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from importlib.util import find_spec
from socket import gaierror
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import httpcore

ANSWER_LIMIT = 65_536  # bytes of an answer's body that are read; the rest is cut off
CONNECTIONS = 256  # a channel has one request in flight, so this is for very many channels
KEPT_CONNECTIONS = 16
KEPT_SECONDS = 10.0  # long enough for a storm, short enough that few servers close first


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Header names are lower case; `date` is always there."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswer(Exception):
    """No answer came, or not in time. The text is one sentence for people, with the host only."""


class Http:
    """Posts to channels. `environ` gives HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = dict(environ or {})
        self._pools: dict[tuple[str, str], httpcore.AsyncConnectionPool] = {}

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float,
        ca: str = "",
        method: str = "POST",
    ) -> Answer:
        """Post once and return the answer, whatever its status; redirects are not followed.

        `timeout` is in seconds from now to the last byte read. `ca` is a file with certificates to
        trust instead of the system's. Raises NoAnswer. Bytes are never sent twice: only a failure
        to connect is tried again.
        """
        host = host_of(url)
        try:
            async with asyncio.timeout(timeout):
                return await self._send(method, url, body, headers, ca)
        except TimeoutError:
            sentence = f"no answer from {host} within {timeout:g} s"
        except Exception as error:  # httpcore, h11, ssl, sockets: all of them mean no answer
            sentence = explain(error, host)
        raise NoAnswer(sentence)

    @staticmethod
    def warm() -> None:
        """Load the library now, in whatever thread, so that the first send does not wait for it."""
        import anyio._backends._asyncio  # noqa: F401
        import httpcore  # noqa: F401

    async def close(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()

    async def _send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str], ca: str
    ) -> Answer:
        sent = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), **headers}
        pool = self._pool(url, ca)
        async with pool.stream(method, url, headers=list(sent.items()), content=body) as got:
            answer = bytearray()
            async for chunk in got.aiter_stream():
                answer += chunk
                if len(answer) >= ANSWER_LIMIT:
                    break
        return Answer(got.status, _headers(got.headers), bytes(answer[:ANSWER_LIMIT]))

    def _pool(self, url: str, ca: str) -> httpcore.AsyncConnectionPool:
        import httpcore

        # It logs headers of answers, such as cookies and redirects to secret addresses.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        proxy = proxy_for(url, self._environ)
        secure = url.startswith("https:") or proxy.startswith("https:")
        place = (ca if secure else "plain", proxy)
        if place not in self._pools:
            _stop_searching()
            self._pools[place] = httpcore.AsyncConnectionPool(
                ssl_context=trust(ca) if secure else None,
                proxy=_proxy(proxy),
                max_connections=CONNECTIONS,
                max_keepalive_connections=KEPT_CONNECTIONS,
                keepalive_expiry=KEPT_SECONDS,
                retries=1,
            )
        return self._pools[place]


def _stop_searching() -> None:
    """httpcore imports sniffio before each request; to search for it in vain takes 0.2 ms."""
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # means: there is none


def host_of(url: str) -> str:
    """Host and, when given, port of an address: all of it that people may see."""
    return urlsplit(url).netloc.rpartition("@")[2]


def trust(ca: str) -> ssl.SSLContext:
    """Whom to trust: the certificates in file `ca`, else the system's, else those of certifi."""
    context = ssl.create_default_context(cafile=ca or None)
    paths = ssl.get_default_verify_paths()
    if not ca and not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """The proxy to go through, "" for none, as curl reads the variables."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    for entry in _variable(environ, "NO_PROXY").split(","):
        name = entry.strip().lower().removeprefix("*").lstrip(".")
        if entry.strip() == "*" or (name and (host == name or host.endswith("." + name))):
            return ""
    proxy = _variable(environ, f"{parts.scheme.upper()}_PROXY") or _variable(environ, "ALL_PROXY")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def _variable(environ: Mapping[str, str], name: str) -> str:
    # HTTP_PROXY in capitals is not read: a CGI program gets it from a request's Proxy header.
    capital = "" if name == "HTTP_PROXY" else environ.get(name, "")
    return environ.get(name.lower(), "") or capital


def _proxy(address: str) -> httpcore.Proxy | None:
    if not address:
        return None
    import httpcore

    parts = urlsplit(address)
    if parts.username is None:
        return httpcore.Proxy(address)
    bare = f"{parts.scheme}://{host_of(address)}"
    user = (unquote(parts.username), unquote(parts.password or ""))
    return httpcore.Proxy(bare, auth=user)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; Date added where it is missing (RFC 9110 section 6.6.1)."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
    headers.setdefault("date", formatdate(usegmt=True))
    return headers


_CLOSED = "HOST closed the connection before it answered in full"

_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "no TLS connection with HOST could be made"),
    (gaierror, "the name HOST cannot be resolved"),
    (ConnectionRefusedError, "HOST refused the connection"),
    (ConnectionError, _CLOSED),
    (EOFError, _CLOSED),
    (FileNotFoundError, "the file given as ca cannot be read"),
)

# By name: importing these classes would load httpcore.
_BY_NAME = {
    "ConnectError": "cannot connect to HOST",
    "OSError": "cannot connect to HOST",
    "ReadError": _CLOSED,
    "WriteError": _CLOSED,
    "RemoteProtocolError": "HOST closed the connection, or answered something that is not HTTP",
    "ProxyError": "the proxy on the way to HOST refused",
    "LimitOverrunError": "HOST answered something that is not HTTP",
    "ValueError": "HOST answered something that is not HTTP",
}


def explain(error: BaseException, host: str) -> str:
    """Why there was no answer, in one sentence that names the host only."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {host} is not to be trusted: {cause.verify_message}"
        for kind, sentence in _SENTENCES:
            if isinstance(cause, kind):
                return sentence.replace("HOST", host)
    name = type(error).__name__
    return _BY_NAME.get(name, f"the request to HOST failed ({name})").replace("HOST", host)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it came from, and what is inside groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [e for e in (cause.__cause__, cause.__context__) if e is not None]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cause.exceptions
