"""Examination of one address, from the files to the cluster."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alarminati.core.monitors.certificate_expiry import ends_soon
from alarminati.doctor import asking, handshake, network
from alarminati.doctor.findings import Finding, Grade, Sign, Step, moment
from alarminati.doctor.handshake import Folder
from alarminati.pki.authority import PkiError
from alarminati.pki.reading import CertificateInfo, read_pem
from alarminati.wire.credentials import Tls, TlsError
from alarminati.wire.identity import Role
from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file

_MAY: Final = {
    Role.AGENT: Sign.MAY_LEAD,
    Role.OPERATOR: Sign.MAY_OPERATE,
    Role.REPORTER: Sign.MAY_REPORT,
    Role.VIEWER: Sign.MAY_VIEW,
}


@dataclass(frozen=True, slots=True)
class Files:
    """Findings about the certificate files, and the files that can be used."""

    finding: Finding
    folder: Folder | None  # None: the files cannot be loaded at all


def examine_files(path: Path | None) -> Files:
    """Examine a folder as `alarminati pki issue` and `alarminati join` make it."""
    if path is None:
        return Files(Finding(Step.FILES, Sign.NO_FILES), None)
    now = datetime.now(UTC)
    try:
        own, authorities = (_read(path / name) for name in ("tls.crt", "ca.crt"))
        folder = Folder(path, own[0])
        facts: dict[str, str | int] = {"who": f"{own[0].role} {own[0].name}", "folder": str(path)}
        facts |= {"begins": moment(own[0].not_before), "ends": moment(own[0].not_after)}
        facts |= {"now": moment(now), "days": (own[0].not_after - now).days}
        ill = _out_of_time(own[0], authorities, now)
        if ill is not None:
            return Files(Finding(Step.FILES, ill, facts | {"file": str(path / "ca.crt")}), folder)
        Tls.load(path)
    except (PkiError, TlsError, ssl.SSLError) as error:
        return Files(Finding(Step.FILES, Sign.FILES_WRONG, {"problem": str(error)}), None)
    if own[0].role == Role.INVITEE:
        return Files(Finding(Step.FILES, Sign.MINE_IS_INVITATION, facts), folder)
    begins, ends = own[0].not_before.timestamp(), own[0].not_after.timestamp()
    soon = ends_soon(begins, ends, now.timestamp())
    sign = Sign.MINE_ENDS_SOON if soon else Sign.FILES_WELL
    return Files(Finding(Step.FILES, sign, facts), folder)


def examine(address: str, files: Files, patience: float) -> Iterator[Finding]:
    """Examine an address layer by layer; end at the first fault.

    `patience`: seconds for each of some ten attempts to get an answer.
    """
    name = network.find_name(address)
    if name is not None:
        yield name
        if name.grade is Grade.TROUBLE:
            return
    port = network.knock(address, patience)
    if port.grade is Grade.TROUBLE:
        if (proxy := network.unused_proxy(os.environ)) is not None:
            yield proxy
        yield port
        return
    yield port
    ill = files.finding.grade is Grade.TROUBLE
    if files.folder is None and not ill and _plain_agent(address, patience):
        yield Finding(Step.TLS, Sign.NO_TLS)
    elif files.folder is not None or not ill:
        for finding in handshake.look(address, files.folder, patience):
            # Expired files still show who answers; that they are refused is known.
            if not (ill and finding.step is Step.WELCOME):
                yield finding
            ill = ill or finding.grade is Grade.TROUBLE
    if not ill:
        yield from _ask(address, files.folder, patience)


def _ask(address: str, folder: Folder | None, patience: float) -> Iterator[Finding]:
    path = folder.path if folder is not None else None
    for finding in asyncio.run(asking.ask(address, path, patience)):
        yield finding
        if finding.sign is Sign.ANSWER_WELL and folder is not None:
            yield Finding(Step.ROLE, _MAY[Role(folder.own.role)], {"role": folder.own.role})


def _plain_agent(address: str, patience: float) -> bool:
    return handshake.speaks_plain(address, patience) is Sign.PLAIN_GRPC


def _read(path: Path) -> list[CertificateInfo]:
    try:
        return read_pem(read_file(path, FILE_LIMIT), str(path))
    except BadFile as error:
        raise PkiError(f"{path} cannot be read: {error}") from error


def _out_of_time(
    own: CertificateInfo, authorities: list[CertificateInfo], now: datetime
) -> Sign | None:
    if now > own.not_after:
        return Sign.MINE_EXPIRED
    if now < own.not_before:
        return Sign.MINE_EARLY
    mine = [each for each in authorities if each.name == own.issuer]
    if mine and all(now > each.not_after for each in mine):
        return Sign.AUTHORITY_EXPIRED
    return None
