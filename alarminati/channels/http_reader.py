"""Reader of one answer of an HTTP/1.1 server, fed bytes as they come.

Parsing is llhttp's (through httptools). This class adds the bounds: how much of an answer is kept,
and how much may come that is no part of it. It does no I/O.
"""

from __future__ import annotations

import re

import httptools

BODY_LIMIT = 65_536  # bytes of an answer's body that are kept; the rest is cut off
HEAD_LIMIT = 65_536  # bytes before the body, interim answers included
FRAMING_LIMIT = 1_048_576  # bytes of sizes and ends of chunks, and of trailers
LINE = 64  # bytes in which the status line is looked for

_FINAL = re.compile(rb"HTTP/1\.[01] ([2-5][0-9][0-9])(?: [^\r\n]*)?\r?\n")


class NotHttp(Exception):
    """The server sent something that is no answer, or more than belongs to one."""


class ResponseReader:
    """One answer. `status` is 0 until its status line is complete; `done`: nothing more is read.

    Header names are lower case; of equal ones the last counts. `whole` is False where the answer
    broke off behind its status line.
    """

    def __init__(self, method: str = "POST") -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.begun = self.done = self.whole = self.reusable = False
        """`begun`: the head is complete; `reusable`: another request may follow."""
        self._status = 0
        self._bodiless = method in ("HEAD", "CONNECT")
        self._line = b""
        self._fed = self._size = 0
        self._parser = httptools.HttpResponseParser(self)

    @property
    def status(self) -> int:
        """Return the status, also of an answer whose headers are malformed."""
        if self._status:
            return self._status
        found = _FINAL.match(self._line)
        return int(found[1]) if found else 0

    def feed(self, data: bytes) -> None:
        """Read on. Raises NotHttp."""
        if len(self._line) < LINE:
            self._line += data[: LINE - len(self._line)]
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if not self.done:
                raise NotHttp from None
        except httptools.HttpParserError:  # behind the end of the answer it does not matter
            if not self.done:
                raise NotHttp from None
        if not self.done and self._fed - self._size > (FRAMING_LIMIT if self.begun else HEAD_LIMIT):
            raise NotHttp

    def close(self) -> None:
        """Let go of the parser, which refers back to this; for once, when all is read."""
        del self._parser

    def end(self) -> None:
        """Take note that the server has closed: the end of a body without a length."""
        length = self.headers.get("content-length")
        if self.begun and length is None and "transfer-encoding" not in self.headers:
            self.done = self.whole = True

    # Called by the parser.

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; trailers are passed over."""
        if not self.begun:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Note the final status; interim answers (RFC 9110 section 15.2) are passed over."""
        status = self._parser.get_status_code()
        if self.done or status < 200:
            return
        self._status, self.begun = status, True
        if self._bodiless:
            self.done = self.whole = True

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, up to the limit."""
        if self.done:
            return
        self._size += len(body)
        self.body += body[: BODY_LIMIT - len(self.body)]
        if len(self.body) >= BODY_LIMIT:
            self.done = self.whole = True

    def on_message_complete(self) -> None:
        """End the answer, or go on to what follows an interim one."""
        if self.done:
            return
        if not self.begun:
            self.headers.clear()
            return
        self.done = self.whole = True
        self.reusable = self._parser.should_keep_alive()
