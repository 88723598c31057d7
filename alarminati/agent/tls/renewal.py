"""Renewal of a replica's certificate by a replica that holds the authority's key.

The key is made here and never travels. The answer is checked like any other pair before it is
stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import grpc

from alarminati.agent.tls.certificates import KEPT, Certificates, Files
from alarminati.agent.tls.signing import BadRequest, CannotSign, Signer
from alarminati.v1 import access_service_pb2 as pb
from alarminati.v1 import access_service_pb2_grpc as pb_grpc
from alarminati.wire import status
from alarminati.wire.credentials import OutOfTime, TlsError
from alarminati.wire.identity import NotAnIdentity

PATIENCE: Final = 5.0  # seconds for one replica to answer
LONGEST: Final = timedelta(days=825)  # validity that a replica signs for itself


class RenewalFailed(Exception):
    """There is no new certificate; the message is one sentence."""


async def open_certificates(
    files: Files, data: Path, cluster: str, authority: Path | None
) -> Certificates:
    """Return the certificates of an agent that starts. Raises TlsError.

    An agent with the key of the `authority` signs for itself if its own certificate has expired:
    the fetched pair was lost with the data folder, and there may be no replica to ask.
    """
    try:
        return Certificates(files, data, cluster)
    except OutOfTime as error:
        if not error.expired or authority is None:
            raise
        try:
            await _sign_for_itself(files, data, cluster, authority)
        except RenewalFailed as failure:
            raise TlsError(f"{error}; {failure}") from None
        return Certificates(files, data, cluster)


async def _sign_for_itself(files: Files, data: Path, cluster: str, authority: Path) -> None:
    from alarminati.pki.authority import Issued, PkiError
    from alarminati.pki.folder import replace_issued
    from alarminati.pki.reading import read_pem
    from alarminati.pki.requests import make_request

    try:
        old = files[1].read_bytes()
        wanted = make_request(read_pem(old, str(files[1]))[0].hosts)
        signer = Signer(files[0], authority, cluster)
        signed = await signer.renew(wanted.request, old, LONGEST)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_issued(Issued(signed.authority, signed.certificate, wanted.key), data / KEPT)
    except (PkiError, CannotSign, BadRequest, NotAnIdentity, ValueError, OSError) as error:
        raise RenewalFailed(f"nor can it sign a new one for itself: {error}") from error


class Renewal:
    """Asks replicas, itself first. `places` are their addresses."""

    def __init__(
        self,
        certificates: Certificates,
        places: Callable[[], Sequence[str]],
        dial: Callable[[str], grpc.aio.Channel],
    ) -> None:
        self._certificates = certificates
        self._places = places
        self._dial = dial

    async def fetch(self) -> None:
        """Fetch the next pair and store it for `Certificates`. Raises RenewalFailed."""
        # Some 10 MB, needed once in a certificate's life.
        from alarminati.pki.authority import PkiError
        from alarminati.pki.reading import read_pem
        from alarminati.pki.requests import make_request

        said = "no replica is known"
        try:
            own = read_pem(self._certificates.current.certificate, "tls.crt")[0]
            wanted = await asyncio.to_thread(make_request, own.hosts)
            for place in self._places():
                try:
                    answer = await self._ask(place, wanted.request)
                except grpc.aio.AioRpcError as error:
                    said = f"{place}: {status.read(error).message}"
                else:
                    self._keep(answer, wanted.key)
                    return
        except (PkiError, TlsError, OSError) as error:
            said = str(error)
        raise RenewalFailed(f"no new certificate could be had; {said}")

    async def _ask(self, place: str, request: bytes) -> pb.RenewCertificateResponse:
        async with self._dial(place) as channel:
            stub: Any = pb_grpc.AccessServiceStub(channel)
            answer: pb.RenewCertificateResponse = await stub.RenewCertificate(
                pb.RenewCertificateRequest(certificate_request=request), timeout=PATIENCE
            )
            return answer

    def _keep(self, answer: pb.RenewCertificateResponse, key: bytes) -> None:
        """Replace the pair that was fetched before, if the new one can be used."""
        from alarminati.pki.authority import Issued
        from alarminati.pki.folder import replace_issued

        issued = Issued(answer.authority, answer.certificate, key)
        kept = self._certificates.kept
        with TemporaryDirectory(prefix="certificate-", dir=kept.parent) as trial:
            replace_issued(issued, Path(trial))
            self._certificates.require_good(Path(trial))
        replace_issued(issued, kept)
