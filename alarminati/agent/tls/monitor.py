"""Monitor of a replica's certificate: its files, its expiry, and its renewal.

`core.monitors.reload_status` and `core.monitors.certificate_expiry` decide; this module looks,
waits and reports.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from alarminati.agent.mesh.transport import Mesh
from alarminati.agent.metrics import CertificateStatus
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.tls.certificates import Certificates
from alarminati.agent.tls.renewal import Renewal, RenewalFailed
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.certificate_expiry import (
    CertificateEnd,
    CertificateExpiryBoard,
    renewal_at,
)
from alarminati.core.monitors.reload_status import ReloadStatus

LOOK_EVERY: Final = 2.0  # seconds
EXPIRY_EVERY: Final = 3600.0  # seconds
AGAIN: Final = 60.0  # seconds after an alarm that was not accepted
EXPIRY_SPREAD: Final = 0.5  # of it, either way: replicas that share a certificate take turns
RENEWAL_FIRST: Final = 10.0  # seconds between the first two tries, then twice as long each time
RENEWAL_EVERY: Final = 86_400.0  # seconds between two tries, at most
RENEWAL_PART: Final = 20  # that part of what is left of the life, at most
OUTSET: Final = 20.0  # seconds after the start until the first look at what ends, with spread
MEND: Final = (
    "Put a new certificate in place of its files; nothing needs to be restarted. See"
    " docs/rotation.md."
)
MEND_AUTHORITY: Final = (
    "Replace the authority: see docs/rotation.md. Every certificate that it issued ends with it."
)

log = logging.getLogger(__name__)


class CertificateMonitor:
    """Monitor for the life of the agent. `wall` gives milliseconds since 1970 UTC."""

    def __init__(
        self,
        certificates: Certificates,
        reloading: ReloadStatus,
        expiry: CertificateExpiryBoard,
        *,
        report: Callable[[Alarm], Awaitable[object]],
        renew: Callable[[], Awaitable[None]],
        changed: Callable[[], Awaitable[None]],
        leading: Callable[[], bool],
        wall: Callable[[], int],
        dice: Random,
    ) -> None:
        """Take `renew`, which fetches a pair or raises RenewalFailed, and `changed`, called for a
        new pair."""
        self._certificates = certificates
        self._reloading = reloading
        self._expiry = expiry
        self._report = report
        self._renew = renew
        self._changed = changed
        self._leading = leading
        self._wall = wall
        self._dice = dice
        self._expiry_at = 0.0
        self._renewal_at = 0.0  # seconds since 1970 UTC
        self._failure = ""
        self._reload_ok = True
        self._plan_renewal()

    @property
    def standing(self) -> CertificateStatus:
        """Return the status of the certificate."""
        tls = self._certificates.current
        return CertificateStatus(self._reload_ok, tls.not_after, tls.authority_ends)

    async def run(self) -> None:
        """Look until cancelled. The journal must be loaded: firing alarms are in the book."""
        loop = asyncio.get_running_loop()
        self._expiry_at = loop.time() + self._dice.uniform(0.0, OUTSET)
        while True:
            await self.look(loop.time())
            await asyncio.sleep(LOOK_EVERY)

    async def look(self, now: float) -> None:
        """Do everything that is due; `now` is monotonic seconds."""
        if self._certificates.look():
            await self._use()
            self._expiry_at = now
        problem = self._certificates.problem
        if problem:
            self._reloading.bad(now, problem)
        else:
            self._reloading.good()
        self._reload_ok = not self._reloading.broken(now)
        alarm = self._reloading.report(now, self._wall())
        if alarm is not None:
            if problem:
                log.warning("%s: %s", alarm.message, problem)
            await self._hand_in(alarm)
        if self._wall() / 1000 >= self._renewal_at:
            await self._fetch()
        if now >= self._expiry_at:
            spread = self._dice.uniform(1 - EXPIRY_SPREAD, 1 + EXPIRY_SPREAD)
            self._expiry_at = now + EXPIRY_EVERY * spread
            for alarm in self._expiry.look(self._endings(), self._wall()):
                if not await self._hand_in(alarm):
                    self._expiry_at = now + AGAIN

    async def _use(self) -> None:
        tls = self._certificates.current
        log.info("the certificate of %s changed; it is used from now on", tls.identity)
        self._failure = ""
        self._plan_renewal()
        await self._changed()

    def _plan_renewal(self) -> None:
        tls = self._certificates.current
        self._tries = 0
        self._renewal_at = renewal_at(tls.not_before, tls.not_after, self._dice)

    async def _fetch(self) -> None:
        now = self._wall() / 1000
        # Each try is a new connection to every replica, some 8 kB: where no replica signs, that
        # must
        # not go on all day.
        part = (self._certificates.current.not_after - now) / RENEWAL_PART
        most = min(RENEWAL_EVERY, RENEWAL_FIRST * 2.0 ** min(self._tries, 20))
        wait = max(RENEWAL_FIRST, min(most, part)) * self._dice.uniform(0.5, 1.0)
        self._tries += 1
        self._renewal_at = now + wait
        try:
            await self._renew()
        except RenewalFailed as error:
            # Quiet, because certificates may be renewed by other means. The alarm will report it.
            log.debug("no new certificate yet: %s", error)
            self._failure = str(error)

    def _endings(self) -> list[CertificateEnd]:
        tls = self._certificates.current
        own = CertificateEnd(
            f"{tls.identity.role}/{tls.identity.name}",
            int(tls.not_after * 1000),
            MEND,
            self._failure,
            int(tls.not_before * 1000),
        )
        found = [own]
        # All replicas have the same authority, so one report is enough.
        if tls.authority_ends and self._leading():
            found.append(
                CertificateEnd("authority", int(tls.authority_ends * 1000), MEND_AUTHORITY)
            )
        return found

    async def _hand_in(self, alarm: Alarm) -> bool:
        try:
            await self._report(alarm)
        except NotAccepted as error:
            log.warning("could not report %r: %s", alarm.key, error)  # a later look will
            return False
        except TooFewReplicas:
            pass  # the report is stored, and will be replicated
        return True


def warden_of(
    name: str,
    certificates: Certificates,
    live: LiveReplica,
    mesh: Mesh,
    book: AlarmBook,
    own: Callable[[], str],
    dice: Random,
) -> CertificateMonitor:
    """Return the monitor of a replica; `own` is the address at which it reaches itself."""

    def places() -> list[str]:
        roster = live.replica.election.roster
        others = [roster.address(each) for each in roster.names() if each != name]
        return [own(), *(address for address in others if address)]

    renewal = Renewal(certificates, places, mesh.dial)
    return CertificateMonitor(
        certificates,
        ReloadStatus(book, name),
        CertificateExpiryBoard(book, name),
        report=lambda alarm: live.accept([alarm]),
        renew=renewal.fetch,
        changed=mesh.redial,
        leading=lambda: live.replica.leading,
        wall=wall,
        dice=dice,
    )
