"""A sample application with a health check: well until somebody breaks it.

`GET` answers 200 or, broken, 503; `POST /break` and `POST /mend` change which. As a process,
`python -m alarminati.demo.app` takes any free port and prints one JSON line with it.
"""

from __future__ import annotations

import asyncio
import contextlib

HEAD_LIMIT = 16 * 1024
PATIENCE = 30.0  # seconds for one request


class App:
    """Serves on loopback."""

    def __init__(self) -> None:
        self.well = True
        self.port = 0

    async def run(self) -> None:
        """Serve until cancelled."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=HEAD_LIMIT)
        self.port = server.sockets[0].getsockname()[1]
        print(f'{{"port": {self.port}}}', flush=True)
        async with server:
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head.decode("latin-1").split(" ", 2)[:2]))
                await writer.drain()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # the other side left, or does not speak HTTP
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _answer(self, asked: list[str]) -> bytes:
        if asked in (["POST", "/break"], ["POST", "/mend"]):
            self.well = asked[1] == "/mend"
            return _response("200 OK", "well\n" if self.well else "broken\n")
        if asked[0] != "GET":
            return _response("404 Not Found", "POST /break or /mend\n")
        if self.well:
            return _response("200 OK", "well\n")
        return _response("503 Service Unavailable", "broken\n")


def _response(status: str, body: str) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return (head + body).encode()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(App().run())
