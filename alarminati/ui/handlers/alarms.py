"""Summary, list, one alarm, acts, events."""

from __future__ import annotations

from alarminati.ui.app import App
from alarminati.ui.detail import detail, find, why
from alarminati.ui.events import LISTENERS
from alarminati.ui.handlers.asked import Asked, Stream
from alarminati.ui.problems import Problem
from alarminati.ui.schema.acts import ActList, ActResult
from alarminati.ui.schema.alarms import AlarmDetail, AlarmList, Timeline, Why
from alarminati.ui.schema.events import Summary
from alarminati.ui.state import silent_rows
from alarminati.ui.store.listing import Query
from alarminati.ui.summary import summary
from alarminati.ui.timeline import timeline

MOST = 500
_OWN_TABS = ("todo", "firing", "all")


async def get_summary(app: App, asked: Asked) -> Summary:
    """Return what every page shows."""
    return summary(app, app.outbox.waiting())


def query_of(asked: Asked) -> Query:
    """Read what of the list is wanted. Raises Problem."""
    return Query(
        asked.text("tab", "todo"),
        asked.text("q"),
        asked.texts("cluster"),
        asked.text("severity"),
        bool(asked.number("archived", 0, 0, 1)),
        asked.text("order", "severity"),
        tuple(filter(None, asked.text("group").split(","))),
        asked.text("after"),
        asked.number("limit", 100, 1, MOST),
        bool(asked.number("facets", 0, 0, 1)),
    )


async def list_alarms(app: App, asked: Asked) -> AlarmList:
    """Return a window of the list; silent clusters come first."""
    query = query_of(asked)
    if query.group or query.facets or query.q:  # these look at every alarm
        found = await app.listing_beside(lambda listing: listing.answer(query))
    else:
        found = app.listing(lambda listing: listing.answer(query))
    if not query.q:
        own = [
            row for row in silent_rows(app) if not query.clusters or row.cluster in query.clusters
        ]
        found.tabs.todo += len(own)
        found.tabs.firing += len(own)
        found.tabs.all += len(own)
        if query.tab in _OWN_TABS:
            found.total += len(own)
            found.severities.CRITICAL += len(own)
            if not query.after and not query.group:
                found.rows[:0] = own
    app.outbox.mark(found.rows)
    return found


async def get_alarm(app: App, asked: Asked) -> AlarmDetail:
    """Return one alarm."""
    return detail(app, asked.path["cluster"], asked.path["fingerprint"])


async def get_timeline(app: App, asked: Asked) -> Timeline:
    """Return what became of it."""
    live, row = find(app, asked.path["cluster"], asked.path["fingerprint"])
    return timeline(app, live, row)


async def get_why(app: App, asked: Asked) -> Why:
    """Return why it was delivered as it was."""
    live, row = find(app, asked.path["cluster"], asked.path["fingerprint"])
    return await why(app, live, row)


async def create_act(app: App, asked: Asked) -> ActResult:
    """Act on alarms."""
    return app.outbox.do(asked.body)


async def list_acts(app: App, asked: Asked) -> ActList:
    """Return acts that wait."""
    return ActList(app.outbox.acts())


async def delete_act(app: App, asked: Asked) -> ActResult:
    """Undo or cancel an act."""
    return app.outbox.undo(asked.path["id"])


async def follow_events(app: App, asked: Asked) -> Stream:
    """Return the stream of events. Raises Problem."""
    if len(app.hub) >= LISTENERS:
        raise Problem(
            *(429, "TOO_MANY_PAGES", "열린 창이 너무 많습니다. 몇 개를 닫으세요."),
            *("Too many windows are open; close some.", "", 10_000),
        )
    after = asked.number("after", 0)
    return Stream(app.hub.follow(after), "text/event-stream")
