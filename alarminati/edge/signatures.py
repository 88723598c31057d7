"""Signed requests: HMAC-SHA256 over the body, in the four ways senders have of saying so. Pure.

    style        header                                  signed       time
    alarminati   X-Alarminati-Signature: t=UNIX,v1=HEX   UNIX.BODY    signed
    grafana      X-Grafana-Alerting-Signature: HEX       UNIX:BODY    signed: timestamp_header
                                                         BODY         none without that header
    github       X-Hub-Signature-256: sha256=HEX         BODY         none
    sentry       Sentry-Hook-Signature: HEX              BODY         not signed: not looked at

The first is what our own `webhook` channel sends. Where the time is not signed, what was overheard
stays good until the secret is changed; see `edge.gate` for what a replay can do.
https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
https://docs.sentry.io/integrations/integration-platform/webhooks/
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

HEADERS: Final = {
    "alarminati": "x-alarminati-signature",
    "github": "x-hub-signature-256",
    "grafana": "x-grafana-alerting-signature",
    "sentry": "sentry-hook-signature",
}
"""Where each style has its signature."""

_LONGEST: Final = 1024  # characters of a header that are looked at
_MOST: Final = 4  # signatures in one header: of the old and the new secret while one is changed


class BadSignature(Exception):
    """The request is not believed. One sentence for its sender, without anything secret."""


@dataclass(frozen=True, slots=True)
class Signature:
    """How one source signs."""

    secret: bytes = field(repr=False)
    style: str = "alarminati"  # a key of HEADERS
    header: str = ""  # lower case; empty: as the style has it
    timestamp_header: str = ""  # lower case, style grafana only; empty: the time is not signed
    window: float = 300.0  # seconds a signed time may lie behind or ahead

    @property
    def place(self) -> str:
        """The header the signature stands in, in lower case."""
        return self.header or HEADERS[self.style]

    def check(self, headers: Mapping[str, str], body: bytes, now: float) -> str:
        """Believe the request or raise BadSignature; `now` is seconds since 1970.

        The answer names this very request (40 hexadecimal digits), and the same for a replay of it.
        """
        value = headers.get(self.place, "")[:_LONGEST]
        moment, shown = self._read(value, headers)
        expected = hmac.new(self.secret, self._signed(moment, body), sha256).hexdigest()
        if not _among(expected, shown):
            raise BadSignature(
                "the signature does not fit: another secret, or the body was changed"
            )
        if moment is not None and abs(now - int(moment)) > self.window:
            raise BadSignature(
                f"the signature was made more than {self.window:g} s from now; set the clocks"
            )
        return sha256(f"{self.style} {expected}".encode()).hexdigest()[:40]

    def _read(self, value: str, headers: Mapping[str, str]) -> tuple[str | None, list[str]]:
        """The signed time, if any, and the signatures."""
        if self.style == "alarminati":
            pairs = [part.strip().partition("=") for part in value.split(",")]
            times = [text for name, _, text in pairs if name == "t"]
            return _time(times[0] if len(times) == 1 else ""), [
                text for name, _, text in pairs if name == "v1"
            ][:_MOST]
        if self.style == "grafana" and self.timestamp_header:
            return _time(headers.get(self.timestamp_header, "")), [value.strip()]
        if self.style == "github":
            return None, [value.strip().removeprefix("sha256=")]
        return None, [value.strip()]

    def _signed(self, moment: str | None, body: bytes) -> bytes:
        if moment is None:
            return body
        return moment.encode() + (b"." if self.style == "alarminati" else b":") + body


def _time(text: str) -> str:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadSignature("the time of the signature is missing; it is seconds since 1970")
    return text


def _among(expected: str, shown: Iterable[str]) -> bool:
    found = False
    for each in shown:  # all of them, each in constant time
        found |= hmac.compare_digest(expected.encode(), each.lower().encode())
    return found
