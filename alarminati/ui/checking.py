"""Check of the files for damage once the page is there, and the index filled again when it was."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from alarminati.client.cache import Cache
from alarminati.client.errors import CacheUnusable
from alarminati.ui.app import App

log = logging.getLogger(__name__)


async def check_later(app: App, after: float) -> None:
    """Wait so many seconds, then read all files whole in a thread, one after the other."""
    await asyncio.sleep(after)
    try:
        if damage := await asyncio.to_thread(app.base.check):
            log.warning("%s is damaged, and is made again: %s", app.base.path, damage)
            await restore(app)
    except CacheUnusable as error:
        log.warning("%s", error)
    for live in list(app.live.values()):
        if live.history is not None:
            await _check(live.history)


async def _check(history: Cache) -> None:
    try:
        if damage := await asyncio.to_thread(history.check):
            log.warning("%s is damaged, and is set aside: %s", history.path, damage)
            history.last()  # any use begins anew; who follows the agents then asks them for all
    except CacheUnusable as error:
        log.warning("%s", error)


async def restore(app: App) -> None:
    """Fill a new index from what is known here, and from the histories; the page goes on."""
    lives = list(app.live.values())
    for live in lives:
        live.filling = True
    directory, settings = app.directory, msgspec.to_builtins(app.settings)
    for known in directory.clusters.values():
        directory.keep(known)
    for company in directory.companies.values():
        directory.keep_company(company)
    app.base.keep_setting("settings", settings)
    try:
        for live in lives:
            await app.fill(live)
            directory.show(live.known)
    finally:
        for live in lives:
            live.filling = False
    app.look_ahead()
    app.reset("settings")
