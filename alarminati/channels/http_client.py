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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from socket import gaierror
from urllib.parse import urlsplit

from alarminati.channels.http_connection import request
from alarminati.channels.http_pool import PORTS, ConnectionPool, Target, authorization
from alarminati.channels.http_reader import ResponseReader
from alarminati.channels.proxies import BadProxy, proxy_for

LINGER = 0.5  # seconds for the end of an unused body, so that the connection can be kept
FETCH = 10.0  # seconds for a small document

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


async def fetched(client: HttpClient, url: str) -> bytes:
    """Return the body of an address that answers 200. Raises OSError with one sentence."""
    try:
        answer = await client.post(url, b"", {}, timeout=FETCH, method="GET")
    except NoAnswer as error:
        raise OSError(str(error)) from None
    if answer.status != 200:
        raise OSError(f"{host_of(url)} answered {answer.status}")
    return answer.body


class HttpClient:
    """Posts to channels. `environ` gives HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = dict(environ or {})
        self.pool = ConnectionPool()

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
        host, heard = host_of(url), ResponseReader(method)
        sentence = _CLOSED.replace("HOST", host)
        try:
            async with asyncio.timeout(timeout):
                await self._send(method, url, body, headers, ca, heard, reads)
        except BadProxy as error:
            raise NotSetUp(str(error)) from None
        except TimeoutError:
            sentence = f"no answer from {host} within {round(timeout, 2):g} s"
        except Exception as error:  # llhttp, ssl, sockets: all of them mean no answer
            sentence = explain(error, host)
        if not heard.status:
            raise NoAnswer(sentence)
        return HttpResponse(heard.status, _dated(heard.headers), bytes(heard.body), heard.whole)

    async def close(self) -> None:
        """Close every connection."""
        await self.pool.close()

    async def _send(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        ca: str,
        heard: ResponseReader,
        reads: bool,
    ) -> None:
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Host": host_of(url), "Content-Length": str(len(body)), **headers}
        proxy = proxy_for(url, self._environ)
        if proxy and parts.scheme == "http":  # RFC 9112 section 3.2.2
            path = f"http://{host_of(url)}{path}"
            sent |= authorization(proxy)
        secure = parts.scheme == "https"
        target = Target(
            parts.scheme,
            parts.hostname or "",
            parts.port or PORTS[parts.scheme],
            ca if secure else "",
            proxy,
        )
        await self.pool.exchange(
            target, request(method, path, sent, body), heard, None if reads else LINGER
        )


def host_of(url: str) -> str:
    """Return host and, when given, port of an address: the part that people may see."""
    return urlsplit(url).netloc.rpartition("@")[2]


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

# By name: importing these classes would load smtplib.
_BY_NAME = {
    "SMTPServerDisconnected": _CLOSED,
    "SMTPException": "HOST answered something that is not SMTP",
    "NotHttp": "HOST answered something that is not HTTP",
    "BadRequest": "the request to HOST could not be written; look at the channel's headers",
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
