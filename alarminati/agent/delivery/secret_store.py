"""Secrets that all replicas share: sealed with the cluster's key, kept in the journal."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from alarminati.agent.runtime import LiveReplica
from alarminati.core.access.sealed import SealedSecrets
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Sealed
from alarminati.wire.background import begin
from alarminati.wire.sealing import CannotOpen, Seal

CHANNEL: Final = "channel/"
"""What the names of registered channels begin with."""
TOKEN: Final = "token/"
"""What the names of channels' tokens begin with."""
AGAIN: Final = 30.0
"""Seconds until a token that could not be written is tried again: a lost one costs a login."""

log = logging.getLogger(__name__)


class SecretStore:
    """Reads what is registered and writes more of it. `live` is given once there is one."""

    live: LiveReplica

    def __init__(self, registry: SealedSecrets, seal: Seal) -> None:
        self.registry = registry
        self._seal = seal
        self._warned: set[str] = set()

    def use(self, seal: Seal) -> None:
        """Close and open with these keys from now on."""
        self._seal = seal
        self._warned.clear()

    @property
    def has_key(self) -> bool:
        """Whether anything can be kept."""
        return bool(self._seal)

    def open(self, sealed: Sealed) -> bytes:
        """What is in it. Raises CannotOpen, of which the log hears once for each reason."""
        try:
            return self._seal.open(sealed.name, sealed.ciphertext)
        except CannotOpen as error:
            if str(error) not in self._warned:
                self._warned.add(str(error))
                log.warning(
                    "%s (registered by %s) cannot be opened: %s",
                    sealed.name,
                    sealed.created_by,
                    error,
                )
            raise

    async def put(self, name: str, content: bytes, by: str, *gone: str) -> None:
        """Keep it under that name; what is `gone` is no more.

        Raises CannotOpen without a key, NotAccepted, TooFewReplicas.
        """
        sealed = Sealed(name, self._seal.close(name, content), by)
        await self.live.write(sealed, *self._tombs(gone, by))

    async def remove(self, by: str, *names: str) -> None:
        """They are no more. Raises NotAccepted, TooFewReplicas."""
        await self.live.write(*self._tombs(names, by))

    def _tombs(self, names: tuple[str, ...], by: str) -> list[Sealed]:
        return [Sealed(name, b"", by) for name in names if self.registry.get(name) is not None]


class Tokens:
    """Keeps what channels were given, sealed, for every replica. A `channels.port.Keeper`."""

    def __init__(self, vault: SecretStore, replica: str, again: float = AGAIN) -> None:
        """`replica` is the name under which it is written; `again`: see `AGAIN`."""
        self._vault = vault
        self._replica = replica
        self._again = again
        # What could not be kept for all, and what all had then: it counts until they have other.
        self._mine: dict[str, tuple[str, Sealed | None]] = {}
        self._retries: dict[str, asyncio.Task[None]] = {}

    def get(self, name: str) -> str | None:
        """What was put last under that name; None: nothing, or it cannot be read here."""
        mine = self._own(name)
        if mine is not None:
            return mine
        sealed = self._vault.registry.get(TOKEN + name)
        try:
            return self._vault.open(sealed).decode() if sealed is not None else None
        except CannotOpen:
            return None

    def _own(self, name: str) -> str | None:
        """What only this replica has."""
        mine = self._mine.get(name)
        if mine is not None and mine[1] is self._vault.registry.get(TOKEN + name):
            return mine[0]
        return None

    async def put(self, name: str, secret: str) -> None:
        """Keep it. Raises nothing: what cannot be written now is written later."""
        self._mine[name] = (secret, self._vault.registry.get(TOKEN + name))
        if not await self._written(name, secret) and name not in self._retries:
            task = self._retries[name] = begin(self._retry(name), "keeping the token of a channel")
            task.add_done_callback(lambda _: self._retries.pop(name, None))

    async def _written(self, name: str, secret: str) -> bool:
        try:
            await self._vault.put(TOKEN + name, secret.encode(), self._replica)
        except (CannotOpen, NotAccepted, TooFewReplicas) as error:
            log.warning("what channel %s was given is kept here only: %s", name, error)
            return False
        if name in self._mine and self._mine[name][0] == secret:  # and no newer one came meanwhile
            del self._mine[name]
        return True

    async def _retry(self, name: str) -> None:
        """Until it is written, or somebody wrote something newer."""
        while self._vault.has_key:
            await asyncio.sleep(self._again)
            secret = self._own(name)
            if secret is None or await self._written(name, secret):
                return
