"""Public door of a relay: a token in the path decides whose webhook it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from alarminati.config.relay import RelayConfig, RelaySource
from alarminati.core.bounded.rate_limiter import RateLimiter
from alarminati.core.spool.ledger import MessageTooLarge, SpoolFull
from alarminati.edge.exchange import Request, Response, answer_json, refusal
from alarminati.edge.health import Health, Pages
from alarminati.edge.tokens import hashed
from alarminati.relay_server.keeper import Keeper, webhook
from alarminati.wire.reasons import ErrorReason

_PATH: Final = re.compile(r"/w/([A-Za-z0-9_-]{22,128})((?:/[^/]+)*)", re.ASCII)
RETRY_AFTER: Final = 10.0  # seconds, while the spool is full
GUESSES: Final = (1.0, 20)  # wrong tokens of one address: a second, at once


@dataclass(frozen=True, slots=True)
class Place:
    """Where webhooks with one token go."""

    source: RelaySource
    keeper: Keeper
    pace: RateLimiter


def read_path(path: str) -> tuple[str, str] | None:
    """Return token and rest of a path such as /w/TOKEN/api/v2/alerts; None: it is none."""
    found = _PATH.fullmatch(path)
    return (found[1], found[2]) if found else None


class RelayDoor:
    """Answers requests. `now` is monotonic seconds, `wall` milliseconds since 1970."""

    def __init__(
        self,
        config: RelayConfig,
        keepers: Mapping[str, Keeper],
        health: Health,
        *,
        now: Callable[[], float],
        wall: Callable[[], int],
    ) -> None:
        self._name = config.name
        self._places = {
            source.token: Place(
                source, keepers[cluster.name], RateLimiter(source.rate, source.burst, 1)
            )
            for cluster in config.clusters
            for source in cluster.sources
        }
        self._guesses = RateLimiter(*GUESSES)
        self._pages = Pages(health.pages, elsewhere=lambda path: "there is nothing here")
        self._now, self._wall = now, wall
        self.accepted: Counter[str] = Counter()  # by source
        self.refused: Counter[str] = Counter()  # by reason

    def head(self, request: Request) -> Response | None:
        """Refuse a request before its body comes; None: go on reading."""
        parts = read_path(request.path)
        if parts is None:
            return None
        place = self._places.get(hashed(parts[0]))
        if place is None:
            if wait := self._guesses.admit(self._now(), request.whence):
                return self._refuse("rate", 429, "too many wrong tokens", wait)
            return self._refuse("token", 404, "there is nothing here; is the address complete?")
        if request.method != "POST":
            return self._refuse("method", 405, "webhooks come by POST")
        if wait := place.pace.admit(self._now(), place.source.name):
            # 503, for some senders give up at 429.
            return self._refuse("rate", 503, f"{place.source.name} sends too fast", wait)
        return None

    async def __call__(self, request: Request) -> Response:
        """Keep a webhook, then say so; or show a page for machines."""
        parts = read_path(request.path)
        if parts is None:
            return await self._pages(request)
        place = self._places.get(hashed(parts[0]))
        if place is None or request.method != "POST":
            return self._refuse("token", 404, "there is nothing here; is the address complete?")
        name = place.source.name
        made = webhook(name, request.body, request.headers, parts[1], self._wall())
        try:
            sequence = await place.keeper.append(made.SerializeToString())
        except MessageTooLarge as error:
            return self._refuse("large", 413, str(error))
        except SpoolFull as error:
            return self._refuse("full", 503, str(error), RETRY_AFTER, ErrorReason.STORAGE_FULL)
        self.accepted[name] += 1
        return answer_json(200, {"id": f"{self._name}/{sequence}"})

    def _refuse(
        self, why: str, status: int, sentence: str, wait: float = 0.0, reason: str = ""
    ) -> Response:
        self.refused[why] += 1
        return refusal(status, sentence, retry_after=wait, reason=reason)
