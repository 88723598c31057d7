"""Mail over SMTP: text and HTML, one thread for an alarm and its end.

`Message-ID` comes from the notice's key, so a second attempt is the same mail to most readers. The
client is the standard library's, in a thread; at the time limit its socket is shut, which ends the
thread too. A recipient that refuses permanently (5yz) does not affect the others; after a
temporary refusal (4yz), only recipients without the mail are tried again.
https://www.rfc-editor.org/rfc/rfc5321#section-4.2,
https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from email.utils import getaddresses, parseaddr
from typing import Literal

from alarminati.channels.http_client import explain
from alarminati.channels.mail_letter import FORM, letter
from alarminati.channels.mail_session import NotSetUp, Refused, Session
from alarminati.channels.message import Message
from alarminati.channels.port import SendContext, check_pace, paced, reconfigure
from alarminati.channels.voice import MessageStyle
from alarminati.config import Duration, Secret
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Result

__all__ = ["FORM", "Settings", "deliver", "destination", "judge", "limits", "render"]

IMPLICIT = 465
"""Port with TLS from the first byte: https://www.rfc-editor.org/rfc/rfc8314#section-3"""
HELLO = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[(?:IPv6:)?[0-9A-Fa-f.:]{2,45}\]"
AUTHENTICATION = frozenset({530, 534, 535, 538})
"""Codes of failed logins: https://www.rfc-editor.org/rfc/rfc4954#section-6"""


class Settings(MessageStyle, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a channel of type mail."""

    host: str
    sender: str  # Alarms <alarms@example.org>
    to: str  # one or more addresses, with commas between them
    port: int = 587
    tls: Literal["", "starttls", "tls", "none"] = ""  # tls: from the first byte; "": by the port
    hello: str = ""  # the name to greet the server with; "": our address
    username: str = ""
    password: Secret | None = None
    rate: float = 1.0  # mails a second; providers differ, see yours
    burst: int = 5
    max_items: int = 200  # alarms in one digest
    timeout: Duration = Duration(20)  # for the whole conversation
    ca: str = ""  # certificates (PEM) to trust instead of the system's; in the file also a path

    def __post_init__(self) -> None:
        check_pace(self.rate, self.burst, self.max_items, self.timeout)
        if not self.host.isascii() or not self.host or any(c in self.host for c in " /@\r\n"):
            raise ValueError("host must be the name of a mail server")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"port ({self.port}) must lie between 1 and 65535")
        check_addresses("sender", self.sender, [parseaddr(self.sender)[1]])
        check_addresses("to", self.to, self.recipients)
        if (self.password is None) != (not self.username):
            raise ValueError("username and password go together")
        if self.username and self.tls == "none":
            raise ValueError("a password is sent over TLS only; set tls to starttls or tls")
        if self.port == IMPLICIT and self.security != "tls":
            raise ValueError("port 465 speaks TLS from the first byte; set tls: tls, or port 587")
        if self.hello and not re.fullmatch(HELLO, self.hello, re.ASCII):
            raise ValueError("hello must be a host name such as alarms.example.org")

    @property
    def security(self) -> Literal["starttls", "tls", "none"]:
        """Return how the connection is secured."""
        return self.tls or ("tls" if self.port == IMPLICIT else "starttls")

    @property
    def recipients(self) -> list[str]:
        """Return the addresses alone, each once."""
        return list(dict.fromkeys(address for _, address in getaddresses([self.to])))


def check_addresses(key: str, text: str, addresses: list[str]) -> None:
    """Raise ValueError unless mail can go there: ASCII, nothing that ends a command or header."""
    for address in addresses if addresses and text.isprintable() else [""]:
        name, at, domain = address.rpartition("@")
        plain = address.isascii() and address.isprintable() and not set(" <>") & set(address)
        if not (name and at and domain and plain):
            raise ValueError(f"{key} must hold mail addresses such as alarms@example.org")


def limits(settings: Settings) -> Limits:
    """Return limits of a mail a second, with short bursts."""
    return paced(settings)


def destination(settings: Settings) -> str:
    """Return host and port of the mail server."""
    return f"{settings.host}:{settings.port}"


def render(settings: Settings, message: Message) -> bytes:
    """Render the whole mail: one alarm in full, or a digest that lists or counts every alarm."""
    return letter(message, settings.language, settings.sender, settings.to)


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
    """Classify a reply; `headers["command"]` is the command that it answers.

    To RCPT, dead means this recipient; to DATA, this mail. Any other 5yz concerns the connection.
    """
    command = headers.get("command", "")
    said = f"the mail server answered {status} to {command}"
    if 200 <= status < 300:
        return Verdict.delivered()
    if status < 500 or status >= 600:
        return Verdict.retry(said)
    if command in ("RCPT", "DATA") and status not in AUTHENTICATION:
        return Verdict.dead(said)
    return reconfigure(said)


_taken: BoundedMap[str, frozenset[str]] = BoundedMap(1000)
"""Recipients that accepted a mail while others refused temporarily, by the notice's key."""


async def deliver(means: SendContext, settings: Settings, payload: bytes, key: str) -> Verdict:
    """Send in one SMTP session."""
    host = destination(settings)
    before = _taken.get(key) or frozenset()
    waiting = [address for address in settings.recipients if address not in before]
    session = Session(settings.host, settings.port, settings.timeout)
    try:
        async with asyncio.timeout(settings.timeout):
            replies = await asyncio.to_thread(_converse, session, settings, payload, waiting)
    except TimeoutError:
        return Verdict.retry(_silent(session, settings))
    except NotSetUp as error:
        return reconfigure(str(error))
    except Refused as error:
        return judge(error.code, {"command": error.command}, b"")
    except Exception as error:  # sockets, TLS, smtplib: all of them mean no answer
        return Verdict.retry(explain(error, host))
    finally:
        session.shut()
    verdicts = {to: judge(code, {"command": "RCPT"}, b"") for to, code in replies.items()}
    taken = {to for to, one in verdicts.items() if one.result is Result.DELIVERED}
    verdict = _together(list(verdicts.values()), bool(before | taken))
    if verdict.result is Result.RETRY:
        _taken.put(key, before | taken)
    else:
        _taken.pop(key)
    return verdict


def _silent(session: Session, settings: Settings) -> str:
    said = f"no answer from {destination(settings)} within {settings.timeout:g} s"
    if session.greeted or settings.security == "tls":
        return said
    return f"{said}; if it speaks TLS from the first byte, set tls: tls"


def _converse(
    session: Session, settings: Settings, payload: bytes, to: list[str]
) -> dict[str, int]:
    password = settings.password.reveal() if settings.password else ""
    try:
        session.open(settings.security, settings.ca, settings.hello)
        if settings.username:
            session.login(settings.username, password)
        return session.send(parseaddr(settings.sender)[1], to, payload)
    finally:
        session.close()


def _together(verdicts: list[Verdict], somebody: bool) -> Verdict:
    """Combine the answers about each recipient into a verdict on the notice."""
    for one in verdicts:
        if one.result is Result.RETRY:
            return one
    refused = [one for one in verdicts if one.result is Result.FAILED]
    if refused and not somebody:
        return reconfigure(f"{refused[0].detail}: it refuses every recipient")
    if refused:
        detail = f"{refused[0].detail}: it refuses {len(refused)} of the recipients"
        return Verdict(Result.DELIVERED, detail)
    return Verdict.delivered()
