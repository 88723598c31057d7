"""A person's certificate renews itself while it is used, and its end is told in time.

Only profiles are renewed: a folder that was named with --tls may be somebody else's to write.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from alarminati.cli.output.terminal import translated
from alarminati.core.monitors.certificate_expiry import ends_near, ends_soon, renewal_at
from alarminati.wire.background import awaited
from alarminati.wire.locking import lock

if TYPE_CHECKING:
    from alarminati.client import Client
    from alarminati.wire.credentials import Tls

AGAIN: Final = (
    3600.0  # seconds between two tries, and two looks at the clock of a computer that slept
)
PATIENCE: Final = 5.0  # seconds that a command which has ended gives a renewal that has begun
LOCK: Final = ".renewing"


@asynccontextmanager
async def kept_renewed(client: Client, folder: Path, *, ours: bool) -> AsyncIterator[None]:
    """Renew within the block, if the folder is `ours`; else say when it is time to."""
    keeper = _Keeper(client, folder, ours)
    task = awaited(keeper.run())
    try:
        yield
    finally:
        await keeper.finish()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Keeper:
    def __init__(self, client: Client, folder: Path, ours: bool) -> None:
        self._client = client
        self._folder = folder
        self._ours = ours
        self._tried = asyncio.Event()

    async def finish(self) -> None:
        """Let a renewal that is due come to its end."""
        if self._ours and self._due():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._tried.wait(), PATIENCE)

    async def run(self) -> None:
        """Renew whenever it is time, for as long as this is let run."""
        told = False
        while (tls := self._client.certificate) is not None:
            if not _due(tls):
                self._tried.clear()
                at = renewal_at(tls.not_before, tls.not_after)
                await asyncio.sleep(min(AGAIN, at - time.time()))
                continue
            problem = await self._renew() if self._ours else ""
            told = told or self._tell(tls, problem)
            self._tried.set()
            if self._client.certificate is tls:
                await asyncio.sleep(AGAIN)

    async def _renew(self) -> str:
        """Why it did not come about, one sentence; empty when it did, or somebody else is at it."""
        from alarminati.client import AlarminatiError
        from alarminati.pki.authority import PkiError
        from alarminati.pki.renewing import renew

        try:
            with _alone(self._folder) as alone:
                if not alone:
                    return ""
                if self._due():  # no other program has done it meanwhile
                    await renew(self._folder, self._client.access.renew)
                if self._due():
                    return "what was given instead ends just as soon"
        except (AlarminatiError, PkiError, OSError) as error:
            return str(error)
        return ""

    def _due(self) -> bool:
        tls = self._client.certificate  # looks at the folder
        return tls is not None and _due(tls)

    def _tell(self, tls: Tls, problem: str) -> bool:
        """Say on standard error what its owner must know; whether there was something."""
        now, day = time.time(), time.strftime("%Y-%m-%d", time.gmtime(tls.not_after))
        if problem and ends_near(tls.not_before, tls.not_after, now):
            sentence = translated(
                "Your certificate ends on {day} and could not be renewed: {problem}",
                day=day,
                problem=problem,
            )
        elif not self._ours and ends_soon(tls.not_before, tls.not_after, now):
            sentence = translated(
                "Your certificate ends on {day}; `alarminati renew` renews it.", day=day
            )
        else:
            return False
        click.echo(f"alarminati: {sentence}", err=True)
        return True


def _due(tls: Tls) -> bool:
    return time.time() >= renewal_at(tls.not_before, tls.not_after)


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Whether no other program of this person renews the folder now."""
    descriptor = lock(folder / LOCK)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
