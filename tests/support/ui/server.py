"""Fixture server: the built page, the local API with made-up data, and doors for tests.

A test changes what it needs by POST /fixture/NAME; every other call is one of the schema.
"""

from __future__ import annotations

import contextlib
import mimetypes
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from tests.support.ui.state import Refused, State

DIST = Path(__file__).resolve().parents[3] / "alarminati/ui/web/dist"
CSP = (
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " object-src 'none'"
)


class Handler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    protocol_version = "HTTP/1.1"
    server: FixtureServer

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Answer a page, a file, the stream or a call."""
        path = urlsplit(self.path).path
        if path == "/api/events":
            self._stream()
        elif path.startswith("/api/"):
            self._call("GET")
        else:
            self._file(path)

    def do_POST(self) -> None:
        """Answer a call."""
        self._call("POST")

    def do_PUT(self) -> None:
        """Answer a call."""
        self._call("PUT")

    def do_DELETE(self) -> None:
        """Answer a call."""
        self._call("DELETE")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", "no-store")
        with contextlib.suppress(OSError):  # a browser that went on does not wait
            self.end_headers()
            self.wfile.write(body)

    def _file(self, path: str) -> None:
        file = DIST / path.lstrip("/")
        if path == "/" or not file.is_file():
            file = DIST / "index.html"
        kind = {".webmanifest": "application/manifest+json", ".js": "text/javascript"}.get(
            file.suffix
        )
        guess = kind or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self._send(200, guess, file.read_bytes())

    def _call(self, method: str) -> None:
        address = urlsplit(self.path)
        size = int(self.headers.get("Content-Length") or 0)
        body = msgspec.json.decode(self.rfile.read(size)) if size else {}
        state = self.server.state
        try:
            if method != "GET" and "X-Alarminati" not in self.headers:
                raise Refused("FORBIDDEN", "헤더가 없음", "the header is missing", 403)
            parts = [unquote(part) for part in address.path.strip("/").split("/")]
            query = parse_qs(address.query)
            with self.server.lock:
                answer = state.call(method, parts, query, body)
        except Refused as refused:
            self._send(refused.status, "application/json", msgspec.json.encode(refused.error))
            return
        if isinstance(answer, list):  # steps, one a line
            self._steps(answer)
            return
        self._send(200, "application/json", msgspec.json.encode(answer))

    def _steps(self, steps: list[Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Connection", "close")
        self.end_headers()
        for step in steps:
            self.wfile.write(msgspec.json.encode(step) + b"\n")
            self.wfile.flush()
            time.sleep(self.server.state.step_seconds)
        self.close_connection = True

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        events: queue.Queue[bytes | None] = queue.Queue()
        state = self.server.state
        with self.server.lock:
            events.put(state.hello())
            state.listeners.append(events.put)
            state.streams += 1
        try:
            while (event := _next(events)) is not None:
                self.wfile.write(event)
                self.wfile.flush()
        except OSError:
            pass
        finally:
            with self.server.lock:
                if events.put in state.listeners:
                    state.listeners.remove(events.put)
        self.close_connection = True


def _next(events: queue.Queue[bytes | None]) -> bytes | None:
    """Return the next event; a comment now and then tells whether somebody still reads."""
    try:
        return events.get(timeout=0.2)
    except queue.Empty:
        return b": \n\n"


class FixtureServer(ThreadingHTTPServer):
    """Server with one state."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.lock = threading.Lock()
        self.state = State()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over connections that a browser broke off."""

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"
