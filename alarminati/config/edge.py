"""The keys of the HTTP door: who may report there, and how often."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from alarminati.config.mapping import MapConfig, check_words
from alarminati.config.names import check_name
from alarminati.config.quantities import Duration
from alarminati.config.secret import Secret

HASH: Final = re.compile(r"sha256:[0-9a-f]{64}")
"""How a token stands in the file; `alarminati tokens create` prints it."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]{1,64}){1,8}", re.ASCII)
SECRET_LEAST: Final = 16  # characters; a short one can be found by trying


class Anonymous(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Reporters that do not say who they are."""

    anonymous: Annotated[
        Literal["any", "loopback", "none"],
        Meta(
            description="whose reports by HTTP are taken without token or signature; default:"
            " loopback, or none once there are sources"
        ),
    ] = "loopback"
    rate: Annotated[
        float, Meta(gt=0, description="requests a second of one anonymous address, in the long run")
    ] = 100.0
    burst: Annotated[int, Meta(ge=1, description="requests of one anonymous address at once")] = (
        1000
    )
    prefix: Annotated[
        str,
        Meta(
            description="what senders may put before every path, such as /alertmanager (their"
            " path_prefix)"
        ),
    ] = ""
    readers: Annotated[
        tuple[str, ...],
        Meta(
            description="sources whose token may read alarms and silences at /api/v2, as amtool and"
            " karma do; this machine may where it may report without a token"
        ),
    ] = ()
    silencers: Annotated[
        tuple[str, ...], Meta(description="sources whose token may make silences at /api/v2")
    ] = ()

    def __post_init__(self) -> None:
        if self.prefix and not _PREFIX.fullmatch(self.prefix):
            raise ValueError(f"prefix ({self.prefix[:80]!r}) must look like /alertmanager")


class HmacConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a source signs what it sends; see `edge.signatures`."""

    secret: Secret
    style: Literal["alarminati", "github", "grafana", "sentry"] = "alarminati"
    header: str = ""  # default: as the style has it
    timestamp_header: str = ""  # style grafana only
    window: Duration = Duration(300)  # how old or how far ahead a signed time may be

    def __post_init__(self) -> None:
        if len(self.secret.reveal()) < SECRET_LEAST:
            raise ValueError(f"secret must have at least {SECRET_LEAST} characters")
        for key in ("header", "timestamp_header"):
            value = getattr(self, key)
            if value and not _HEADER.fullmatch(value):
                raise ValueError(f"{key} must be the name of a header: letters, digits and dashes")
        if self.timestamp_header and self.style != "grafana":
            raise ValueError(f"timestamp_header is given but style is {self.style}; use grafana")
        if not 1 <= self.window <= 3600:
            raise ValueError(f"window ({self.window}) must lie between 1s and 1h")


class SourceConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who reports by HTTP, known by a token, a signature or both."""

    name: str  # unique
    token: Secret | None = None  # its hash, see HASH
    hmac: HmacConfig | None = None
    map: MapConfig | None = None  # what its own page, /webhooks/NAME, makes of what it sends
    topics: tuple[str, ...] = ()  # of Amazon SNS, whose signed messages are its own
    severity_words: dict[str, str] = {}  # before those of the cluster
    paths: tuple[str, ...] = ()  # where it may post; empty: everywhere
    rate: Annotated[float, Meta(gt=0)] = 100.0  # requests a second in the long run
    burst: Annotated[int, Meta(ge=1)] = 1000  # at once

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.token is None and self.hmac is None and self.map is None:
            raise ValueError(
                "token or hmac is missing; `alarminati tokens create` makes a token and its line"
            )
        if self.token is not None and not HASH.fullmatch(self.token.reveal()):
            raise ValueError(
                "token must be the hash that `alarminati tokens create` prints (sha256:...), never"
                " the token itself"
            )
        check_words(self.severity_words)
        if bool(self.topics) != (self.map is not None and self.map.preset == "sns"):
            raise ValueError("topics belong to `map: {preset: sns}`, which needs the ARNs there")
        for path in self.paths:
            if not path.startswith("/"):
                raise ValueError(f"paths has {path[:80]!r}; write for example /v1/alarms")
