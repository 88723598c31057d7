"""Webhooks that come through a relay: their signature, their shape, their request id."""

from __future__ import annotations

from dataclasses import dataclass

from alarminati.config import AgentConfig
from alarminati.core.model.entries import RequestKey, digest_of
from alarminati.core.model.severity_words import SeverityWords, read_words
from alarminati.core.model.validation import REQUEST_ID_LIMIT, Invalid
from alarminati.edge.exchange import Request, Response
from alarminati.edge.gate import Source
from alarminati.edge.inlets import INLETS, SourcePage
from alarminati.edge.shapes.auto import read_any
from alarminati.edge.shapes.inbound import Inbound, Shape
from alarminati.edge.signatures import BadSignature
from alarminati.queues.port import Message


class Unavailable(Exception):
    """A proof could not be looked at now: one sentence. Trying again later may help."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A webhook that is believed. `request` is its sender's own id of it; None: it has none."""

    shape: Shape
    inbound: Inbound
    request: RequestKey | None = None


class RelayedWebhooks:
    """Prepares webhooks as the HTTP door of this agent would. Immutable: one configuration."""

    def __init__(self, config: AgentConfig, pages: list[SourcePage], sources: list[Source]) -> None:
        self._pages = {page.source: page for page in pages}
        self._sources = {source.name: source for source in sources}
        self._routes = {route.path: route for route in INLETS}
        self._words = SeverityWords(read_words(config.severity_words))
        self._size = int(config.limits.alarm_size)

    async def prepare(self, message: Message, wall: int) -> Prepared:
        """Return a webhook that may be read. Raises Invalid, Unavailable."""
        caller = f"source/{message.source}"
        key, content = "", digest_of(message.body)
        known = self._sources.get(message.source)
        if known is not None and known.signature is not None:
            key = f"signed-{self._signed(known, message, wall)}"
        elif given := message.headers.get("idempotency-key", ""):
            key = given if len(given) <= REQUEST_ID_LIMIT else ""
        page = self._pages.get(message.source)
        headers = dict(message.headers)
        if page is not None and page.prove is not None:
            proven = await page.prove(
                Request("POST", page.route.path, "", headers, message.body, caller=caller)
            )
            if isinstance(proven, Response):
                if proven.status == 503:
                    raise Unavailable(proven.body.decode(errors="replace")[:500])
                raise Invalid("", proven.body.decode(errors="replace")[:500])
            key = proven.headers.get("idempotency-key", key)
        route = self._routes.get(message.path)
        shape = route.read if route else page.shape if page else read_any
        inbound = Inbound(
            message.body,
            message.time or wall,
            headers,
            message.path,
            route.source if route else message.source,
            page.words if page else self._words,
            size=self._size,
        )
        return Prepared(shape, inbound, RequestKey(caller, key, content) if key else None)

    def _signed(self, source: Source, message: Message, wall: int) -> str:
        """Return what names the signed request. It was fresh when the relay took it, or is now."""
        assert source.signature is not None
        problem = ""
        for moment in (message.time, wall):
            try:
                return source.signature.check(message.headers, message.body, moment / 1000)
            except BadSignature as error:
                problem = problem or str(error)
        raise Invalid("signature", problem)
