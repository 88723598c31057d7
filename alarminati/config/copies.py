"""The key `copies`: further copies of the journal, outside the replicas."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from alarminati.config.names import check_name
from alarminati.config.quantities import Duration
from alarminati.config.secret import Secret

YEAR: Final = 365 * 86_400
ENOUGH: Final = 3  # servers that hold a stream whose copy may count for receipts


class CopyConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stream of NATS JetStream that holds the journal. It never votes and never leads."""

    name: str  # unique
    type: Literal["nats"]
    servers: tuple[str, ...]  # HOST:PORT
    stream: str  # of this cluster alone; created if it is absent
    replicas: Annotated[int, Meta(ge=1, le=5)] = 3  # servers of NATS that hold the stream
    max_age: Duration = Duration(YEAR)  # how long the stream keeps entries
    counts: bool = False  # it is one of the copies that a receipt waits for
    username: str = ""
    password: Secret | None = None
    token: Secret | None = None
    tls: bool = False  # encrypted connection, verified
    ca: Path | None = None  # authority of its certificate (PEM); default: those of the system

    def __post_init__(self) -> None:
        check_name(self.name)
        if not self.servers:
            raise ValueError("servers is missing; write HOST:PORT")
        for server in self.servers:
            host, _, port = server.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError(f"servers has {server[:80]!r}; write HOST:PORT")
        if not self.stream or any(sign in self.stream for sign in " .*>/\\"):
            raise ValueError(f"stream has {self.stream[:80]!r}; write letters, digits, - and _")
        if self.counts and self.replicas < ENOUGH:
            raise ValueError(f"counts needs replicas of {ENOUGH} or more, not {self.replicas}")
        if self.ca is not None and not self.tls:
            raise ValueError("ca is given but tls is false; set tls: true")
