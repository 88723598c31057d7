"""Candidates from DNS: a headless service's A and AAAA records, or SRV records.

Search domains, ndots and name servers are those of resolv.conf, read again for each question. When
name servers do not answer, the candidates stay as they were: a failure of DNS says nothing about
replicas. A name that does not exist means that there are no replicas.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.rdtypes.IN.SRV import SRV

from alarminati.agent.mesh.discovery.candidates import Found
from alarminati.agent.mesh.discovery.pace import Pace, Wish
from alarminati.wire.addresses import join, split

MAX_TTL: Final = 60.0  # a longer time to live would keep a moved replica lost for as long
MAX_TARGETS: Final = 32  # SRV targets looked up at once

_log = logging.getLogger(__name__)


class Unanswered(Exception):
    """No name server gave a usable answer."""


class Dns:
    """Discovery by the records of one service."""

    def __init__(
        self,
        service: str,
        pace: Pace,
        resolver: Callable[[], dns.asyncresolver.Resolver] = dns.asyncresolver.Resolver,
    ) -> None:
        """Take `service`, which is host:port, or begins with "_" for SRV."""
        self._service = service
        self._resolver = resolver
        self._wish = Wish(pace)
        self._silent = False
        self._ttl = 0.0

    def ask_again(self) -> None:
        """Look up again, soon at first, in the end every 15 s, never within the time to live."""
        self._wish.ask()

    async def run(self, found: Found) -> None:
        """Look up once, and again when asked to."""
        known: frozenset[str] | None = None
        self._wish.ask()
        while True:
            await self._wish.granted()
            self._ttl = MAX_TTL
            try:
                latest = await self._look_up()
            except Unanswered as error:
                self._wish.asked()
                self._complain(error)
                continue
            self._wish.asked(self._ttl if latest else 0.0)
            self._silent = False
            if latest != known:
                known = latest
                found(latest)

    def _complain(self, error: Unanswered) -> None:
        if not self._silent:  # once until it works again
            self._silent = True
            _log.warning("cannot look up %s, will try again when needed: %s", self._service, error)

    async def _look_up(self) -> frozenset[str]:
        resolver = self._resolver()
        if self._service.startswith("_"):
            places = await self._targets(resolver, self._service.partition(":")[0])
        else:
            places = [split(self._service)]
        hosts = sorted({host for host, _ in places})
        search = not self._service.startswith("_")  # SRV targets are complete names
        answers = await asyncio.gather(*(self._ips(resolver, host, search) for host in hosts))
        ips = dict(zip(hosts, answers, strict=True))
        # Our own is among them: one address is a valid answer, none is not.
        return frozenset(join(ip, port) for host, port in places for ip in ips[host])

    async def _targets(
        self, resolver: dns.asyncresolver.Resolver, name: str
    ) -> list[tuple[str, int]]:
        answer = await self._ask(resolver, name, "SRV", search=True)
        records = [record for record in answer or () if isinstance(record, SRV)]
        # A lone "." says that the service is decidedly not there (RFC 2782).
        targets = [(str(record.target), record.port) for record in records]
        return sorted(target for target in targets if target[0] != ".")[:MAX_TARGETS]

    async def _ips(
        self, resolver: dns.asyncresolver.Resolver, host: str, search: bool
    ) -> list[str]:
        kinds = ("A", "AAAA")
        answers = await asyncio.gather(
            *(self._ask(resolver, host, kind, search) for kind in kinds), return_exceptions=True
        )
        ips: list[str] = []
        failures: list[BaseException] = []
        for answer in answers:
            if isinstance(answer, BaseException):
                failures.append(answer)
            else:
                ips += [str(record) for record in answer or ()]
        # Many name servers answer one kind only and fail for the other: half an answer is enough.
        if failures and not ips:
            raise failures[0]
        return ips

    async def _ask(
        self, resolver: dns.asyncresolver.Resolver, name: str, kind: str, search: bool
    ) -> Iterable[object] | None:
        try:
            answer = await resolver.resolve(name, kind, search=search)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except (dns.exception.DNSException, OSError) as error:
            raise Unanswered(str(error)) from error
        if answer.rrset is not None:
            self._ttl = min(self._ttl, answer.rrset.ttl)
        return answer
