"""Clusters and companies as this person sees them."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct, field

from alarminati.ui.schema.clusters import ClusterChange, CompanyChange
from alarminati.ui.store.database import Database

TINTS: Final = 8


class Known(Struct):
    """A cluster; what of it is this person's own choice."""

    no: int
    id: str
    name: str
    project: str
    authority: str = ""
    """SHA-256 of the authority's certificate, hexadecimal; empty: without TLS."""
    profile: str = ""
    agents: list[str] = field(default_factory=list)
    company: str = ""
    mark: str = ""
    tint: int = 0
    environment: str = ""
    keepalive_seconds: int = -1
    """-1: as the settings say."""
    budget_bytes: int = 0
    paused: bool = False
    removed: bool = False
    """Gone from the profiles; its history is kept."""
    me: str = ""
    role: str = ""
    certificate_end_ms: int = 0


class KnownCompany(Struct):
    """A company."""

    id: str
    name: str
    archived_ms: int = 0
    retention_days: int = 0


class Directory:
    """All clusters and companies; kept in memory, written through."""

    def __init__(self, base: Database) -> None:
        self._base = base
        rows = base.rows("select told from clusters order by no")
        known = [msgspec.json.decode(told, type=Known) for (told,) in rows]
        self.clusters: dict[str, Known] = {each.id: each for each in known}
        rows = base.rows("select told from companies order by id")
        told = [msgspec.json.decode(one, type=KnownCompany) for (one,) in rows]
        self.companies: dict[str, KnownCompany] = {each.id: each for each in told}

    def by_number(self, no: int) -> Known:
        """Return the cluster with this number."""
        return next(each for each in self.clusters.values() if each.no == no)

    def ids(self) -> dict[int, str]:
        """Return ids by number."""
        return {each.no: each.id for each in self.clusters.values()}

    def archived(self, known: Known) -> bool:
        """Return whether a cluster is read-only history."""
        company = self.companies.get(known.company)
        return known.removed or (company is not None and company.archived_ms > 0)

    def meet(self, project: str, name: str, authority: str) -> Known:
        """Return the cluster of that name and authority, known from now on."""
        for each in self.clusters.values():
            if (each.project, each.name, each.authority) == (project, name, authority):
                return each
        no = max((each.no for each in self.clusters.values()), default=0) + 1
        known = Known(no, self._id(project, name), name, project, authority)
        known.mark = _mark(name)
        known.tint = blake2b(f"{project}/{name}".encode(), digest_size=1).digest()[0] % TINTS
        known.environment = _environment(name)
        self.keep(known)
        return known

    def _id(self, project: str, name: str) -> str:
        base = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{project}.{name}").strip("-.") or "cluster"
        id, number = base, 2
        while id in self.clusters:
            id, number = f"{base}~{number}", number + 1
        return id

    def keep(self, known: Known) -> None:
        """Write a cluster."""
        self.clusters[known.id] = known
        told = msgspec.json.encode(known).decode()
        self._base.run(
            "insert or replace into clusters values (?, ?, ?)", [(known.no, known.id, told)]
        )

    def change(self, known: Known, change: ClusterChange) -> None:
        """Take over what a person chose."""
        if change.mark is not None:
            known.mark = change.mark[:2].upper()
        if change.tint is not None:
            known.tint = change.tint % TINTS
        for name in ("company", "environment", "keepalive_seconds", "budget_bytes", "paused"):
            value = getattr(change, name)
            if value is not None:
                setattr(known, name, value)
        self.keep(known)
        self.show(known)

    def show(self, known: Known) -> None:
        """Show or hide its alarms as its company says."""
        shown = 0 if self.archived(known) else 1
        self._base.run(
            "update alarms set shown = ? where cluster = ? and shown <> ?",
            [(shown, known.no, shown)],
        )

    def forget(self, known: Known) -> None:
        """Delete a cluster with everything that is known of it here."""
        tables = ("alarms", "episodes", "facts", "attempts", "deliveries", "sent", "silences")
        for table in (*tables, "mine", "troubles", "traffic", "folded"):
            self._base.run(f"delete from {table} where cluster = ?", [(known.no,)])
        self._base.run("delete from clusters where no = ?", [(known.no,)])
        del self.clusters[known.id]

    # -- companies

    def change_company(self, id: str, change: CompanyChange, now: int) -> KnownCompany:
        """Create or change a company."""
        company = self.companies.get(id) or KnownCompany(id, id)
        if change.name is not None:
            company.name = change.name
        if change.retention_days is not None:
            company.retention_days = change.retention_days
        if change.archived is not None:
            company.archived_ms = (company.archived_ms or now) if change.archived else 0
        self.keep_company(company)
        for known in self.clusters.values():
            if change.clusters is not None:
                inside = known.id in change.clusters
                if inside or known.company == id:
                    known.company = id if inside else ""
                    self.keep(known)
            self.show(known)
        return company

    def keep_company(self, company: KnownCompany) -> None:
        """Write a company."""
        self.companies[company.id] = company
        told = msgspec.json.encode(company).decode()
        self._base.run("insert or replace into companies values (?, ?)", [(company.id, told)])

    def forget_company(self, id: str) -> None:
        """Delete a company; its clusters belong to none."""
        del self.companies[id]
        self._base.run("delete from companies where id = ?", [(id,)])
        for known in self.clusters.values():
            if known.company == id:
                known.company = ""
                self.keep(known)
                self.show(known)


def _mark(name: str) -> str:
    """Return two letters: first letter and number, or the first letters of two words."""
    words: list[str] = re.findall(r"[^\W\d_]+|\d+", name)
    short = words[0][0] + words[1][0] if len(words) > 1 else name[:2] or "??"
    return short.upper()


def _environment(name: str) -> str:
    words = set(re.split(r"[^a-z]+", name.lower()))
    for tag, known in (
        ("STG", {"stg", "stage", "staging"}),
        ("DEV", {"dev", "test", "qa"}),
        ("PROD", {"prod", "prd", "production", "live"}),
    ):
        if words & known:
            return tag
    return ""
