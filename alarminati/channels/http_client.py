"""HTTP client of all channels, with one time limit for the whole exchange.

No error here may contain an address, header or body, because these hold secrets. Errors name the
host only, and have no cause that would reveal more.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import ssl
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from importlib.util import find_spec
from socket import gaierror
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from alarminati.channels.proxies import BadProxy, proxy_for

if TYPE_CHECKING:
    import httpcore

ANSWER_LIMIT = 65_536  # bytes of an answer's body that are read; the rest is cut off
CONNECTIONS = 256  # a channel has one request in flight, so this is for very many channels
KEPT_CONNECTIONS = 16
KEPT_SECONDS = 10.0  # long enough for a storm, short enough that few servers close first
LINGER = 0.5  # seconds for the end of an unused body, so that the connection can be kept

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Answer of a server. Header names are lower case; `date` is always there."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True  # False: the answer broke off behind its status line


class NoAnswer(Exception):
    """No answer came, or not in time. The text is one sentence for people, with the host only."""


class NotSetUp(NoAnswer):
    """Nothing was sent, and nothing will be until people correct what the text says."""


@dataclass(slots=True)
class _Heard:
    """Received part of an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    whole: bool = False


class HttpClient:
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
        reads: bool = True,
    ) -> HttpResponse:
        """Post once and return the answer, whatever its status; redirects are not followed.

        `timeout` is in seconds from now to the last byte read. `ca` is certificates (PEM) to trust
        instead of the system's. `reads` is False where the body is not needed, which then is not
        awaited. An answer that breaks off behind its status line is returned, though not whole.
        Raises NoAnswer. Bytes are never sent twice: only a failure to connect is retried.
        """
        host, heard = host_of(url), _Heard()
        try:
            async with asyncio.timeout(timeout):
                await self._send(method, url, body, headers, ca, heard, reads)
        except BadProxy as error:
            raise NotSetUp(str(error)) from None
        except TimeoutError:
            sentence = f"no answer from {host} within {round(timeout, 2):g} s"
        except Exception as error:  # httpcore, h11, ssl, sockets: all of them mean no answer
            sentence = explain(error, host)
        if not heard.status:
            raise NoAnswer(sentence)
        return HttpResponse(
            heard.status, _dated(heard.headers), bytes(heard.body[:ANSWER_LIMIT]), heard.whole
        )

    @staticmethod
    def warm() -> None:
        """Load the library now, in any thread, so that the first send does not wait for it."""
        import anyio._backends._asyncio  # noqa: F401
        import httpcore  # noqa: F401

        import alarminati.channels.listening  # noqa: F401

    async def close(self) -> None:
        """Close every connection."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()

    async def _send(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        ca: str,
        heard: _Heard,
        reads: bool,
    ) -> None:
        sent = {"Host": urlsplit(url).netloc, "Content-Length": str(len(body)), **headers}
        proxy = proxy_for(url, self._environ)
        pool = self._pool(url, ca, proxy)
        from alarminati.channels.listening import Note, noting

        note = Note(url.startswith("https:") + proxy.startswith("https:"))
        before = noting.set(note)
        try:
            async with pool.stream(method, url, headers=list(sent.items()), content=body) as got:
                heard.status, heard.headers = got.status, _headers(got.headers)
                async with asyncio.timeout(None if reads else LINGER):
                    async for chunk in got.aiter_stream():
                        heard.body += chunk
                        if len(heard.body) >= ANSWER_LIMIT:
                            break
                heard.whole = True
        finally:
            noting.reset(before)
            heard.status = heard.status or note.status

    def _pool(self, url: str, ca: str, proxy: str) -> httpcore.AsyncConnectionPool:
        import httpcore

        # It logs headers of answers, such as cookies and redirects to secret addresses.
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        secure = url.startswith("https:") or proxy.startswith("https:")
        place = (ca if secure else "plain", proxy)
        if place not in self._pools:
            from alarminati.channels.listening import Listening

            _stop_searching()
            self._pools[place] = httpcore.AsyncConnectionPool(
                ssl_context=trust(ca) if secure else None,
                proxy=_proxy(proxy),
                max_connections=CONNECTIONS,
                max_keepalive_connections=KEPT_CONNECTIONS,
                keepalive_expiry=KEPT_SECONDS,
                retries=1,
                network_backend=Listening(),
            )
        return self._pools[place]


def _stop_searching() -> None:
    """Stop httpcore's search for sniffio, which takes 0.2 ms for each request."""
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # means: there is none


def host_of(url: str) -> str:
    """Return host and, when given, port of an address: the part that people may see."""
    return urlsplit(url).netloc.rpartition("@")[2]


def trust(ca: str) -> ssl.SSLContext:
    """Return the certificates `ca` (PEM) as trusted, else the system's, else those of certifi.

    Raises ssl.SSLError when there is none in `ca`.
    """
    context = ssl.create_default_context(cadata=ca or None)
    paths = ssl.get_default_verify_paths()
    if not ca and not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _proxy(address: str) -> httpcore.Proxy | None:
    if not address:
        return None
    import httpcore

    parts = urlsplit(address)
    context = trust("") if parts.scheme == "https" else None
    if parts.username is None:
        return httpcore.Proxy(address, ssl_context=context)
    bare = f"{parts.scheme}://{host_of(address)}"
    user = (unquote(parts.username), unquote(parts.password or ""))
    return httpcore.Proxy(bare, auth=user, ssl_context=context)


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers with lower-case names."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _dated(headers: dict[str, str]) -> dict[str, str]:
    """Add a Date where it is missing (RFC 9110 section 6.6.1)."""
    headers.setdefault("date", formatdate(usegmt=True))
    return headers


_REFUSING_PROXY = "the proxy on the way to HOST refused"
_CLOSED = "HOST closed the connection before it answered in full"

_SENTENCES: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "no TLS connection with HOST could be made"),
    (gaierror, "the name HOST cannot be resolved"),
    (ConnectionRefusedError, "HOST refused the connection"),
    (ConnectionError, _CLOSED),
    (EOFError, _CLOSED),
)

# By name: importing these classes would load httpcore or smtplib.
_BY_NAME = {
    "ConnectError": "cannot connect to HOST",
    "ReadError": _CLOSED,
    "WriteError": _CLOSED,
    "SMTPServerDisconnected": _CLOSED,
    "SMTPException": "HOST answered something that is not SMTP",
    "RemoteProtocolError": "HOST closed the connection, or answered something that is not HTTP",
    "LocalProtocolError": "the request to HOST could not be written; look at the channel's headers",
    "LimitOverrunError": "HOST answered something that is not HTTP",
    "UnicodeError": "the name HOST cannot be resolved",  # a label is empty or too long
    "ValueError": "HOST answered something that is not HTTP",
}


def explain(error: BaseException, host: str) -> str:
    """Explain in one sentence, with the host only, why there was no answer."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {host} is not to be trusted: {cause.verify_message}"
        for kind, sentence in _SENTENCES:
            if isinstance(cause, kind):
                return sentence.replace("HOST", host)
    return _by_name(error).replace("HOST", host)


def _by_name(error: BaseException) -> str:
    name = type(error).__name__
    if name == "ProxyError":  # its text is the proxy's status line
        status = re.match("[1-5][0-9][0-9]", str(error))
        return f"the proxy on the way to HOST answered {status[0]}" if status else _REFUSING_PROXY
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_NAME:
            return _BY_NAME[kind.__name__]
    numbers = [cause.errno for cause in _causes(error) if isinstance(cause, OSError)]
    known = next((number for number in numbers if number is not None and number > 0), 0)
    if known:
        return f"cannot connect to HOST: {os.strerror(known)}"
    if isinstance(error, OSError):
        return "cannot connect to HOST"
    log.warning("a request failed with %s, which is not foreseen", name)
    return "the request to HOST failed for a reason that is not foreseen; the log names it"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its causes, and the members of groups."""
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
