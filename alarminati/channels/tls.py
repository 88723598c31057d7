"""TLS settings of what channels connect to: whom they trust, and sessions to resume."""

from __future__ import annotations

import ssl
from collections import OrderedDict

SESSIONS = 64  # sessions that are kept, by host


class ResumingContext(ssl.SSLContext):
    """TLS settings that offer the last session of a server to it again."""

    sessions: OrderedDict[str, ssl.SSLSession]

    def wrap_bio(  # asyncio calls it for each connection, and has no argument for a session
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Prepare the TLS layer of one connection."""
        known = session or self.sessions.get(str(server_hostname))
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, known)

    def learn(self, secured: ssl.SSLObject) -> None:
        """Keep the session of a connection; with TLS 1.3 it comes behind the handshake."""
        host, session = str(secured.server_hostname), secured.session
        if session is not None and session.has_ticket:
            self.sessions[host] = session
            self.sessions.move_to_end(host)
            if len(self.sessions) > SESSIONS:
                self.sessions.popitem(last=False)


def trust(ca: str) -> ResumingContext:
    """Return the certificates `ca` (PEM) as trusted, else the system's, else those of certifi.

    Raises ssl.SSLError when there is none in `ca`.
    """
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sessions = OrderedDict()
    if ca:
        context.load_verify_locations(cadata=ca)
        return context
    context.load_default_certs()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    return context
