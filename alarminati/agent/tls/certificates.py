"""Certificate of one replica, which may change while the replica runs.

Two pairs may exist: the one whose files the configuration names, and one that this replica fetched
itself before the first expired, in its data folder (files of other owners, such as a mounted
Secret, are never written). Of the valid pairs the one issued last counts: people who replace files
want them used, even when they expire earlier. The configured authority file alone decides whom to
trust, so that the removal of an authority takes effect at once.

Files are checked every few seconds, because file watches miss the symbolic links by which
Kubernetes swaps a Secret. Nothing of this uses the network.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, TypeAlias

from alarminati.wire.credentials import OutOfTime, Passing, Tls, TlsError
from alarminati.wire.marks import Mark, mark

Files: TypeAlias = tuple[Path, Path, Path]
"""Authority, certificate and key."""

KEPT: Final = "certificate"
"""Folder in the data folder for the pair that was fetched."""

log = logging.getLogger(__name__)


class Certificates:
    """Certificate and trusted authorities, as the files are now."""

    def __init__(self, files: Files, data: Path, cluster: str) -> None:
        """Load the files. Raises TlsError when none can be used."""
        self._files = files
        self._kept = data / KEPT
        self._cluster = cluster
        self._marks: tuple[Mark, ...] = ()
        self.problem = ""  # reason why the configured files are not in use, one sentence
        self._current = self._choose(None)

    @property
    def current(self) -> Tls:
        """Return the pair for the next connection, as client or server."""
        return self._current

    @property
    def kept(self) -> Path:
        """Return the folder of a fetched pair: `tls.crt` and `tls.key`."""
        return self._kept

    def require_good(self, folder: Path) -> None:
        """Raise TlsError unless `tls.crt` and `tls.key` there could be used now."""
        self._load((self._files[0], folder / "tls.crt", folder / "tls.key"))

    def look(self) -> bool:
        """Read files that changed or could not be used before; return True when the pair
        changed."""
        if self._marks == self._now() and not self.problem:
            return False
        before = self._current
        try:
            self._current = self._choose(before)
        except TlsError:
            return False  # `problem` has the reason
        return self._current is not before

    def _choose(self, used: Tls | None) -> Tls:
        """Return the pair that counts; `used` itself when unchanged. Raises TlsError."""
        self._marks = self._now()
        found: list[Tls] = []
        refusal: TlsError | None = None
        try:
            found.append(self._load(self._files))
        except TlsError as error:
            refusal = error
        own = self._fetched()
        found += [own] if own is not None else []
        # Expired while a later one is in use: that is as intended.
        spent = isinstance(refusal, OutOfTime) and refusal.expired and own is not None
        self.problem = "" if refusal is None or spent else str(refusal)
        if refusal is not None and not found:
            raise refusal
        if used is not None and self.problem:
            return used
        best = max(found, key=lambda each: (each.not_before, each is not own))
        return used if used == best and used is not None else best

    def _load(self, files: Files) -> Tls:
        try:
            tls = Tls.load_files(*files)
            tls.require_agent(self._cluster)
        except OutOfTime:
            raise
        except TlsError as error:
            named = any(str(file) in str(error) for file in files)
            raise error if named else TlsError(f"{files[1]}: {error}") from None
        if self._now() != self._marks:
            raise Passing(f"{files[1]} changed while it was read")
        return tls

    def _fetched(self) -> Tls | None:
        """Return the pair that this replica fetched itself, if it is there and valid."""
        certificate, key = self._kept / "tls.crt", self._kept / "tls.key"
        if not certificate.exists():
            return None
        try:
            return self._load((self._files[0], certificate, key))
        except TlsError as error:
            log.debug("the fetched certificate is not used: %s", error)
            return None

    def _now(self) -> tuple[Mark, ...]:
        paths = (*self._files, self._kept / "tls.crt", self._kept / "tls.key")
        return tuple(mark(path) for path in paths)
