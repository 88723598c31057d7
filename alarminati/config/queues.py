"""The key `queues`: message queues that the master takes alarms from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from alarminati.config.mapping import MapConfig, check_words
from alarminati.config.names import check_name
from alarminati.config.secret import Secret

AUTO: Final = "auto"
"""The shape of messages that say by themselves what they are."""
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "kafka": ("servers", "topic"),
    "nats": ("servers", "stream"),
    "rabbitmq": ("servers", "queue"),
    "redis": ("servers", "stream"),
    "relay": ("servers",),
    "sqs": ("url",),
}
_TAKES: Final[dict[str, tuple[str, ...]]] = {
    "kafka": ("servers", "topic", "sasl", "tls"),
    "nats": ("servers", "stream", "subject", "token", "tls"),
    "rabbitmq": ("servers", "queue", "vhost", "tls"),
    "redis": ("servers", "stream", "tls"),
    "relay": ("servers", "tls"),
    "sqs": ("url", "region"),
}
_ONE_SERVER: Final = frozenset({"redis", "relay"})
_NOT_OF_A_RELAY: Final = ("map", "severity_words", "dead_letter", "username", "password")


class QueueConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One queue. Which keys it takes follows from its type."""

    name: str  # unique
    type: Literal["kafka", "nats", "rabbitmq", "redis", "relay", "sqs"]
    servers: tuple[str, ...] = ()  # HOST:PORT; redis, relay: one
    stream: str = ""  # nats, redis
    subject: str = ""  # nats: of the stream; default: all of it
    field: str = "body"  # redis: the field of an entry that holds the body
    topic: str = ""  # kafka
    sasl: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""  # kafka; default: PLAIN
    queue: str = ""  # rabbitmq
    vhost: str = ""  # rabbitmq; default: /
    url: str = ""  # sqs: address of the queue
    region: str = ""  # sqs; default: that of the address
    group: str = "alarminati"  # consumer group or durable consumer; one for each cluster
    shape: str = AUTO  # a preset, or auto
    map: MapConfig | None = None  # instead of a shape
    severity_words: dict[str, str] = {}  # before those of the cluster
    copies: Annotated[int, Meta(ge=1, le=7)] = 2  # replicas that hold an alarm before its ack
    in_flight: Annotated[int, Meta(ge=1, le=10_000)] = 500  # messages taken at once
    dead_letter: str = ""  # where messages go that nobody understands; empty: kept as a WARNING
    username: str = ""  # sqs: id of an access key
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
        for key in sorted({key for keys in _TAKES.values() for key in keys}):
            if getattr(self, key) and key not in _TAKES[self.type]:
                raise ValueError(f"{key} is nothing that a queue of type {self.type} takes")
        if self.type in _ONE_SERVER and len(self.servers) > 1:
            raise ValueError(f"servers names several; a queue of type {self.type} takes one")
        for key in _NOT_OF_A_RELAY if self.type == "relay" else ():
            if getattr(self, key):
                raise ValueError(f"{key} is nothing that a relay takes; see the key sources")
        if self.ca is not None and not (self.tls or self.url.startswith("https:")):
            raise ValueError("ca is given but tls is false; set tls: true")
        if self.username and self.password is None and self.type in ("kafka", "sqs"):
            raise ValueError("username is given without password")
        if self.sasl and not self.username:
            raise ValueError("sasl is given without username")
        self._check_addresses()

    def _check_addresses(self) -> None:
        if self.type != "sqs":
            return
        for key in ("url", "dead_letter"):
            if (said := getattr(self, key)) and not _is_queue_url(said):
                raise ValueError(
                    f"{key} has {said[:80]!r}; write the address of the queue,"
                    " https://sqs.REGION.amazonaws.com/ACCOUNT/NAME"
                )
        if not self.aws_region:
            raise ValueError("region is missing, and the address of the queue names none")

    @property
    def aws_region(self) -> str:
        """Region of a queue of type sqs; empty when nothing says it."""
        parts = (urlsplit(self.url).hostname or "").split(".")
        named = parts[1] if parts[0] in ("sqs", "sqs-fips") and len(parts) > 3 else ""
        return self.region or named


def _is_queue_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname and parts.path.strip("/"))
    except ValueError:
        return False
