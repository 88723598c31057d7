"""Inlets: the pages of the HTTP door that take alarms in, those of sources among them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from alarminati.core.model.severity_words import COMMON, SeverityWords
from alarminati.edge import alertmanager, reports
from alarminati.edge.bodies import Item
from alarminati.edge.exchange import Request, Response
from alarminati.edge.fitting import within
from alarminati.edge.health import NOTHING, READERS
from alarminati.edge.shapes.inbound import Inbound, Shape
from alarminati.edge.shapes.plain import is_plain, read_text
from alarminati.edge.shapes.reading import read

WEBHOOKS: Final = "/webhooks/"
"""Pages of sources begin with it; the name of the source follows."""
ELSEWHERE: Final = "elsewhere"
"""Stands for the door of requests to pages where no alarms are taken in."""


Prove = Callable[[Request], Awaitable[Request | Response]]
"""The request as it may come in, or a refusal."""


@dataclass(frozen=True, slots=True)
class IngestRoute:
    """A page that takes alarms in."""

    path: str
    source: str
    read: Shape
    busy: int = 503  # the status at which its senders come again
    resends: bool = False  # its senders say again and again what they have said: see core.resent
    tool: bool = True  # nobody reads our answer, or can mend what was sent
    room: int = 4  # times `Bounds.body`: a tool sends a group whole, or not at all
    status: int = 200  # what its senders take for success
    prove: Prove | None = None  # looks for a proof in the body
    free: bool = False  # bodies of any content type: forms and texts are taken, too
    owner: str = ""  # the one source that may post here; empty: all


def _reports(inbound: Inbound) -> Iterator[Item]:
    kind = inbound.headers.get("content-type", "").partition(";")[0].strip().lower()
    if is_plain(inbound.body, kind):
        return read_text(inbound)
    return reports.read_reports(inbound.body, inbound.now, inbound.words, inbound.size)


def _notification(inbound: Inbound) -> Iterator[Item]:
    items = alertmanager.read_notification(
        inbound.body, inbound.now, inbound.judge, inbound.words, inbound.source
    )
    return within(items, inbound.size)


def _alerts(inbound: Inbound) -> Iterator[Item]:
    items = alertmanager.read_alerts(inbound.body, inbound.now, inbound.judge, inbound.words)
    return within(items, inbound.size)


INLETS: Final = (
    IngestRoute("/v1/alarms", reports.SOURCE, _reports, 429, tool=False, room=1),
    # Alertmanager sends again what 5xx refused, and drops it at 429
    IngestRoute("/webhooks/alertmanager", alertmanager.SOURCE, _notification),
    # Prometheus drops what is refused at any status; other senders follow Alertmanager
    IngestRoute("/api/v2/alerts", alertmanager.DIRECT, _alerts, resends=True),
    IngestRoute("/api/v1/alerts", alertmanager.DIRECT, _alerts, resends=True),
)
"""Pages that are always there."""


@dataclass(frozen=True, slots=True)
class SourcePage:
    """The page of a source that has a shape of its own."""

    source: str
    shape: Shape
    owned: bool = True  # only this source may post there
    words: SeverityWords = COMMON
    status: int = 200
    prove: Prove | None = None
    path: str = ""  # default: WEBHOOKS and the name

    @property
    def route(self) -> IngestRoute:
        """The page, on which nothing with a text is lost."""
        return IngestRoute(
            self.path or WEBHOOKS + self.source,
            self.source,
            lambda inbound: read(self.shape, inbound),
            status=self.status,
            prove=self.prove,
            free=True,
            owner=self.source if self.owned else "",
        )


class Inlets:
    """The pages there are now."""

    def __init__(self, pages: Sequence[SourcePage] = (), words: SeverityWords = COMMON) -> None:
        self.use(pages, words)

    def use(self, pages: Sequence[SourcePage], words: SeverityWords) -> None:
        """Serve these pages beside those that are always there; `words` hold for the others."""
        routes = [*INLETS, *(page.route for page in pages)]
        self.routes: dict[str, IngestRoute] = {route.path: route for route in routes}
        self._words = {page.route.path: page.words for page in pages}
        self._common = words

    def words(self, path: str) -> SeverityWords:
        """The severity words that hold on a page."""
        return self._words.get(path, self._common)

    def busy(self, path: str) -> int:
        """The status at which the senders to a page come again."""
        return self.routes[path].busy if path in self.routes else 429

    def source_of(self, path: str) -> str:
        """The door a request came to, for figures: one of few, whatever strangers ask for."""
        return self.routes[path].source if path in self.routes else ELSEWHERE

    def room(self, path: str, body: int, bodies: int) -> int:
        """How many bytes a body for a path may have, of these bounds for one and for all."""
        times = self.routes[path].room if path in self.routes else 1
        return max(body, min(body * times, bodies // 2))

    def elsewhere(self, path: str) -> str:
        """What to do about a path that is not there."""
        plain = "/" + "/".join(part for part in unquote(path).split("/") if part)
        if plain in self.routes:
            return f"there is nothing here; did you mean {plain}?"
        if plain.startswith(("/api/v1", "/api/v2")):
            return f"only alerts are taken here, by POST to /api/v2/alerts; {READERS}"
        for known in list(self.routes)[1:]:
            if plain.endswith(known):
                prefix = plain.removesuffix(known)
                return (
                    f"there is nothing here; set http.prefix to {prefix[:80]}, or post to {known}"
                )
        if plain.startswith(WEBHOOKS):
            name = plain.removeprefix(WEBHOOKS)[:80]
            return (
                f"there is no source {name!a} with a map; add it to `sources` of the configuration"
            )
        return NOTHING
