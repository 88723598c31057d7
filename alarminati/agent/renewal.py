"""Fetches the next certificate of a replica from whichever replica holds the authority's key.

The key is made here and never travels. What comes back is looked at like any other pair before it
is kept, and certificate and key change places together: a link is set to a folder with both.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import grpc

from alarminati.agent.certificates import Certificates
from alarminati.v1 import trust_service_pb2 as pb
from alarminati.v1 import trust_service_pb2_grpc as pb_grpc
from alarminati.wire import status
from alarminati.wire.credentials import TlsError

PATIENCE: Final = 5.0  # seconds for one replica to answer

log = logging.getLogger(__name__)


class RenewalFailed(Exception):
    """There is no new certificate; the message is one sentence."""


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
        """Get the next pair and keep it, for `Certificates` to find. Raises RenewalFailed."""
        from alarminati.pki.request import same_again

        wanted = await asyncio.to_thread(same_again, self._certificates.current.certificate)
        said = "no replica is known"
        for place in self._places():
            try:
                answer = await self._ask(place, wanted.request)
            except grpc.aio.AioRpcError as error:
                said = f"{place}: {status.read(error).message}"
            except TlsError as error:
                said = f"{place}: {error}"
            else:
                self._keep(answer.certificate, wanted.key)
                return
        raise RenewalFailed(f"nobody could be asked for a new certificate; {said}")

    async def _ask(self, place: str, request: bytes) -> pb.RenewResponse:
        async with self._dial(place) as channel:
            stub: Any = pb_grpc.TrustServiceStub(channel)
            answer: pb.RenewResponse = await stub.Renew(
                pb.RenewRequest(request=request), timeout=PATIENCE
            )
            return answer

    def _keep(self, certificate: bytes, key: bytes) -> None:
        kept = self._certificates.kept
        folder = kept.with_name(f"{kept.name}-{uuid4().hex[:8]}")
        try:
            folder.mkdir(mode=0o700, parents=True)
            _write(folder / "tls.crt", certificate)
            _write(folder / "tls.key", key)
            self._certificates.require_good(folder)
            _link(kept, folder)
        except (OSError, TlsError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise RenewalFailed(f"the new certificate cannot be kept: {error}") from error
        for old in kept.parent.glob(f"{kept.name}-*"):
            if old != folder:
                shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(link: Path, folder: Path) -> None:
    """Let `link` lead to `folder`, in one step."""
    beside = link.with_name(f"{folder.name}.link")
    beside.symlink_to(folder.name)
    beside.replace(link)
