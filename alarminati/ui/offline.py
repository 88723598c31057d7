"""App without its server and without clusters: what is kept on this computer, read and written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from alarminati.client.client import Client
from alarminati.client.profile import Profiles
from alarminati.ui.app import App
from alarminati.ui.follow.following import ProfileFollowers
from alarminati.ui.schema.common import Text
from alarminati.ui.store.database import Database

LOCK: Final = "ui.lock"
"""Held by the one process that has the app open or imports into its folder."""


@contextmanager
def opened(folder: Path, profiles: Profiles) -> Iterator[App]:
    """Open the histories of all clusters that were ever followed here, up to date in the index.

    Another process may have the app open meanwhile. Raises CacheUnusable.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    base = Database(folder / "app.db")
    try:
        app = App(base)
        followers = app.followers = ProfileFollowers(
            *(app, folder, profiles), renewing=_unrenewed, translate=_untranslated
        )
        followers.introduce()
        for known in list(app.directory.clusters.values()):
            followers.open(known)
            app.directory.show(known)
        yield app
        for live in app.live.values():
            if live.history is not None:
                live.history.close()
    finally:
        base.close()


@asynccontextmanager
async def _unrenewed(client: Client, folder: Path) -> AsyncIterator[None]:
    yield


def _untranslated(sign: str, facts: Mapping[str, Any]) -> Text:
    return Text(sign, sign)
