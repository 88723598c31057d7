"""The key `queues`: message queues that the master takes alarms from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from alarminati.config.mapping import MapConfig, check_words
from alarminati.config.names import check_name
from alarminati.config.secret import Secret

AUTO: Final = "auto"
"""The shape of messages that say by themselves what they are."""
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "nats": ("servers", "stream"),
    "redis": ("servers", "stream"),
}
_TAKES: Final[dict[str, tuple[str, ...]]] = {
    "nats": ("subject", "token"),
    "redis": (),
}


class QueueConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One queue. Which keys it takes follows from its type."""

    name: str  # unique
    type: Literal["nats", "redis"]
    servers: tuple[str, ...] = ()  # HOST:PORT; redis: one
    stream: str = ""
    subject: str = ""  # nats: of the stream; default: all of it
    field: str = "body"  # redis: the field of an entry that holds the body
    group: str = "alarminati"  # consumer group or durable consumer; one for each cluster
    shape: str = AUTO  # a preset, or auto
    map: MapConfig | None = None  # instead of a shape
    severity_words: dict[str, str] = {}  # before those of the cluster
    copies: Annotated[int, Meta(ge=1, le=7)] = 2  # replicas that hold an alarm before its ack
    in_flight: Annotated[int, Meta(ge=1, le=10_000)] = 500  # messages taken at once
    dead_letter: str = ""  # where messages go that nobody understands; empty: kept as a WARNING
    username: str = ""
    password: Secret | None = None
    token: Secret | None = None  # nats
    tls: bool = False  # encrypted connection, verified
    ca: Path | None = None  # authority of its certificate (PEM); default: those of the system

    def __post_init__(self) -> None:
        check_name(self.name)
        check_words(self.severity_words)
        for key in _NEEDS[self.type]:
            if not getattr(self, key):
                raise ValueError(f"{key} is missing; a queue of type {self.type} needs it")
        if self.map is not None and self.shape != AUTO:
            raise ValueError("map and shape are both given; remove one of them")
        for server in self.servers:
            host, _, port = server.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) < 65536:
                raise ValueError(f"servers has {server[:80]!r}; write HOST:PORT")
        for key in ("subject", "token"):
            if getattr(self, key) and key not in _TAKES[self.type]:
                raise ValueError(f"{key} is nothing that a queue of type {self.type} takes")
        if self.type == "redis" and len(self.servers) > 1:
            raise ValueError("servers names several; a queue of type redis takes one")
        if self.ca is not None and not self.tls:
            raise ValueError("ca is given but tls is false; set tls: true")
