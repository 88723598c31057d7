"""Secrets that all replicas share: sealed with the cluster's key, kept in the journal."""

from __future__ import annotations

import logging

from alarminati.agent.live import LiveReplica
from alarminati.core.entries import Sealed
from alarminati.core.registry import Registry
from alarminati.wire.sealing import CannotOpen, Seal

log = logging.getLogger(__name__)


class Vault:
    """Reads what is registered and writes more of it. `live` is given once there is one."""

    live: LiveReplica

    def __init__(self, registry: Registry, seal: Seal) -> None:
        self.registry = registry
        self._seal = seal
        self._warned: set[str] = set()

    @property
    def has_key(self) -> bool:
        """Whether anything can be kept."""
        return bool(self._seal)

    def open(self, sealed: Sealed) -> bytes:
        """What is in it. Raises CannotOpen, of which the log hears once for each reason."""
        try:
            return self._seal.open(sealed.name, sealed.box)
        except CannotOpen as error:
            if str(error) not in self._warned:
                self._warned.add(str(error))
                log.warning(
                    "%s (registered by %s) cannot be opened: %s", sealed.name, sealed.by, error
                )
            raise

    async def put(self, name: str, content: bytes, by: str) -> None:
        """Keep it under that name. Raises CannotOpen without a key, NotAccepted, TooFewReplicas."""
        await self.live.write(Sealed(name, self._seal.close(name, content), by))

    async def remove(self, name: str, by: str) -> None:
        """It is no more. Raises NotAccepted, TooFewReplicas."""
        await self.live.write(Sealed(name, b"", by))
