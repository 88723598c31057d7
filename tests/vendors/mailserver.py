"""A mail server as RFC 5321, 3207 (STARTTLS) and 4954 (AUTH) describe it, on port 0."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

SIZE = 400_000  # bytes of a mail, told by EHLO


@dataclass
class Delivered:
    """A mail that was taken."""

    to: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        """As a reader sees it."""
        read = email.message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(read, EmailMessage)
        return read

    def text(self, kind: str) -> str:
        """Of the part of this kind: plain or html."""
        part = self.mail.get_body((kind,))
        assert part is not None
        return str(part.get_content())


@dataclass
class MailServer:
    """`codes` are answered instead to a command ("RCPT a@b.example" or "DATA"), each once."""

    tls: ssl.SSLContext | None = None
    from_the_start: bool = False
    account: str = ""  # "user password"; needed when set
    logins: str = "PLAIN"  # what is offered once the line is secure; empty: none
    only_as: str = ""  # a name that EHLO must give
    dripping: bool = False  # says a digit now and then, for ever
    codes: dict[str, list[int]] = field(default_factory=dict)
    taken: list[Delivered] = field(default_factory=list)
    lost: int = 0  # so many mails are taken, and the line breaks before the answer
    open: int = 0
    port: int = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.open += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await Talk(self, reader, writer).run()
        self.open -= 1
        writer.close()


class Talk:
    """The state of one connection."""

    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.secure = server.from_the_start
        self.known = not server.account
        self.to: list[str] = []

    async def run(self) -> None:
        """Until QUIT or the end."""
        while self.server.dripping:
            await self.say("2", end="")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.reader.read(), 0.02)
                return
        await self.say("220 mail.example")
        while line := (await self.reader.readline()).decode("ascii").rstrip("\r\n"):
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                await self.say("221 bye")
                return
            await self.answer(verb, line)

    async def say(self, *lines: str, end: str = "\r\n") -> None:
        self.writer.write("".join(f"{line}{end}" for line in lines).encode())
        await self.writer.drain()

    async def answer(self, verb: str, line: str) -> None:
        if verb == "EHLO" and self.server.only_as not in ("", line.partition(" ")[2]):
            await self.say("550 who is that?")
        elif verb == "EHLO":
            offers = ["" if self.secure or not self.server.tls else "250-STARTTLS"]
            offered = self.secure and self.server.logins
            offers += [f"250-AUTH {offered}" if offered else "", f"250 SIZE {SIZE}"]
            await self.say("250-mail.example", *filter(None, offers))
        elif verb == "STARTTLS" and self.server.tls:
            await self.say("220 go ahead")
            await self.writer.start_tls(self.server.tls)
            self.secure = True
        elif verb == "AUTH":
            user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
            self.known = f"{user} {password}" == self.server.account
            await self.say("235 welcome" if self.known else f"535 {password} is wrong")
        elif verb == "MAIL":
            large = int(line.rpartition("size=")[2]) > SIZE
            await self.say("530 who are you" if not self.known else "552 no" if large else "250 ok")
        elif verb == "RCPT":
            await self.recipient(line.partition("<")[2].rstrip(">"))
        elif verb == "DATA":
            await self.data()

    def code(self, command: str) -> int:
        codes = self.server.codes.get(command, [])
        return codes.pop(0) if codes else 250

    async def recipient(self, address: str) -> None:
        code = self.code(f"RCPT {address}")
        if code == 250:
            self.to.append(address)
        await self.say(f"{code} {address}")

    async def data(self) -> None:
        await self.say("354 go on")
        raw = await self.reader.readuntil(b"\r\n.\r\n")
        code = self.code("DATA")
        if code == 250:
            assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
            self.server.taken.append(Delivered(self.to, raw[:-3].replace(b"\r\n..", b"\r\n.")))
        if self.server.lost:
            self.server.lost -= 1
            raise ConnectionAbortedError
        await self.say(f"{code} done")


@contextlib.asynccontextmanager
async def mail_server(server: MailServer) -> AsyncIterator[MailServer]:
    """It listens at `port` until the block ends."""
    tls = server.tls if server.from_the_start else None
    listening = await asyncio.start_server(
        server.converse, "127.0.0.1", 0, ssl=tls, limit=2 * 1024 * 1024
    )
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
