"""SMTP session, in any thread; `shut` ends it from another thread."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from typing import Literal

from alarminati.channels.tls import trust
from alarminati.wire.reaching import connect

LOGINS = ("CRAM-MD5", "PLAIN", "LOGIN")  # those of smtplib


class Refused(Exception):
    """The server refused a command. Its text is left out: it may repeat what was sent."""

    def __init__(self, code: int, command: str) -> None:
        super().__init__(f"{code} to {command}")
        self.code = code
        self.command = command


class NotSetUp(Exception):
    """The settings cannot work as they are. The text is one sentence for people."""


class Session:
    """SMTP session; `timeout` is in seconds for each step, and `shut` bounds the whole."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self._host, self._port, self._timeout = host, port, timeout
        self._socket: socket.socket | None = None
        self._over = False
        self.greeted = False  # the server has sent its greeting
        self._smtp = smtplib.SMTP(local_hostname="localhost", timeout=timeout)

    def open(self, tls: Literal["starttls", "tls", "none"], ca: str, hello: str) -> None:
        """Connect, greet and secure. `hello` is the name to greet with; empty: our address.

        Raises Refused, NotSetUp and OSError.
        """
        plain = connect(self._host, self._port, self._timeout)
        self._use(plain)
        name = plain.getsockname()[0]
        literal = f"[IPv6:{name}]" if ":" in name else f"[{name}]"
        self._smtp.local_hostname = hello or literal
        if tls == "tls":
            self._secure(plain, ca)
        self._check(self._smtp.getreply()[0], "the connection")
        self.greeted = True
        self._check(self._smtp.ehlo()[0], "EHLO")
        if tls == "starttls" and not self._smtp.has_extn("starttls"):
            raise NotSetUp(
                "the mail server offers no STARTTLS; use its port for submission, or set tls"
            )
        if tls == "starttls":
            self._check(self._smtp.docmd("STARTTLS")[0], "STARTTLS")
            self._secure(plain, ca)
            self._check(self._smtp.ehlo()[0], "EHLO")

    def login(self, username: str, password: str) -> None:
        """Authenticate with the server. Raises Refused and NotSetUp."""
        offered = self._smtp.esmtp_features.get("auth", "").upper().split()
        if not set(offered) & set(LOGINS):
            named = [each for each in offered if re.fullmatch("[A-Z0-9_-]{1,20}", each)]
            offers = f" (it offers {', '.join(named[:6])})" if named else ""
            raise NotSetUp(
                f"the mail server offers no login that this agent knows{offers}; known are"
                f" {', '.join(LOGINS)}"
            )
        try:
            self._smtp.login(username, password)
        except smtplib.SMTPAuthenticationError as error:
            raise Refused(error.smtp_code, "AUTH") from None
        except smtplib.SMTPNotSupportedError:
            raise Refused(504, "AUTH") from None
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException:
            raise Refused(535, "AUTH") from None

    def send(self, sender: str, to: list[str], mail: bytes) -> dict[str, int]:
        """Send the mail; return the code for each recipient. Raises Refused for the mail itself."""
        sized = [f"size={len(mail)}"] if self._smtp.has_extn("size") else []
        code = self._smtp.mail(sender, sized)[0]
        self._check(code, "DATA" if code == 552 else "MAIL")  # 552: this mail is too large
        replies = {one: self._smtp.rcpt(one)[0] for one in to}
        if any(200 <= code < 300 for code in replies.values()):
            try:
                self._check(self._smtp.data(mail)[0], "DATA")
            except smtplib.SMTPDataError as error:
                raise Refused(error.smtp_code, "DATA") from None
        with contextlib.suppress(OSError):  # the server has accepted the mail
            self._smtp.quit()
        return replies

    def shut(self) -> None:
        """End the session now: a thread that waits for an answer gets an error."""
        self._over = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Release everything, in the thread that used it."""
        self._smtp.close()

    def _use(self, connected: socket.socket) -> None:
        self._socket = self._smtp.sock = connected
        if self._over:
            self.shut()
            raise ConnectionAbortedError

    def _secure(self, plain: socket.socket, ca: str) -> None:
        """Start TLS and forget earlier answers, as smtplib does (RFC 3207, 4.2)."""
        secured: ssl.SSLSocket = trust(ca).wrap_socket(plain, server_hostname=self._host)
        self._smtp.file = None
        self._smtp.helo_resp = self._smtp.ehlo_resp = None
        self._smtp.esmtp_features = {}
        self._use(secured)

    def _check(self, code: int, command: str) -> None:
        if not 200 <= code < 300:
            raise Refused(code, command)
