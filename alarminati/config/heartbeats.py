"""The keys of heartbeats: jobs that must be heard of."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from alarminati.config.edge import HASH
from alarminati.config.names import check_name
from alarminati.config.quantities import Duration
from alarminati.config.secret import Secret
from alarminati.core.model.matchers import Matcher
from alarminati.core.model.validation import Invalid, parse_severity
from alarminati.core.monitors.heartbeats import Heartbeat

LONGEST: Final = 400 * 86_400  # seconds between two signals


class HeartbeatConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A job that must be heard of."""

    name: str  # unique
    interval: Duration  # between two signals
    grace: Duration = Duration(300)  # beyond that; a run that was begun takes at most so long
    token: Secret | None = None  # hash of the token in its path
    match: str | tuple[str, ...] = ()  # alarms that fit are its signals
    severity: str = "CRITICAL"
    labels: dict[str, str] = {}

    def __post_init__(self) -> None:
        check_name(self.name)
        if not 60 <= self.interval <= LONGEST:
            raise ValueError(f"interval ({self.interval}) must lie between 1m and 400d")
        if not 0 <= self.grace <= LONGEST:
            raise ValueError(f"grace ({self.grace}) must be at most 400d")
        if self.token is not None and not HASH.fullmatch(self.token.reveal()):
            raise ValueError(
                "token must be the hash that `alarminati tokens create` prints (sha256:...), never"
                " the token itself"
            )
        self.heartbeat()

    def heartbeat(self) -> Heartbeat:
        """What the core expects. Raises ValueError."""
        texts = (self.match,) if isinstance(self.match, str) else self.match
        try:
            severity = parse_severity(self.severity)
        except Invalid as error:
            raise ValueError(f"severity {error.problem}") from None
        return Heartbeat(
            self.name,
            float(self.interval),
            float(self.grace),
            tuple(Matcher.parse(text) for text in texts),
            severity,
            tuple(sorted(self.labels.items())),
        )
