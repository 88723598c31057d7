"""Folders of certificates: `ca.crt` and `ca.key` of an authority; `ca.crt`, `tls.crt`, `tls.key`.

A key is never readable by others, not even while it is being written, and nothing that exists is
overwritten unless that was asked for.
"""

from __future__ import annotations

import os
from pathlib import Path

from alarminati.pki.authority import Authority, Issued, PkiError

AUTHORITY_FILES = ("ca.crt", "ca.key")
ISSUED_FILES = ("ca.crt", "tls.crt", "tls.key")


def save_authority(authority: Authority, folder: Path, *, force: bool = False) -> None:
    """Write `ca.crt` and `ca.key`. Raises PkiError."""
    contents = (authority.certificate, authority.key)
    _save(folder, dict(zip(AUTHORITY_FILES, contents, strict=True)), force)


def save_issued(issued: Issued, folder: Path, *, force: bool = False) -> None:
    """Write `ca.crt`, `tls.crt` and `tls.key`. Raises PkiError."""
    contents = (issued.ca, issued.certificate, issued.key)
    _save(folder, dict(zip(ISSUED_FILES, contents, strict=True)), force)


def load_authority(folder: Path) -> Authority:
    """Read what `save_authority` wrote. Raises PkiError."""
    try:
        certificate, key = ((folder / name).read_bytes() for name in AUTHORITY_FILES)
    except FileNotFoundError as error:
        raise PkiError(
            f"{error.filename} does not exist; make an authority with `alarminati pki init --out"
            f" {folder}`"
        ) from error
    except OSError as error:
        raise PkiError(f"{error.filename} cannot be read: {error.strerror}") from error
    return Authority.load(certificate, key)


def _save(folder: Path, files: dict[str, bytes], force: bool) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = [name for name in files if (folder / name).exists()]
        # An issued certificate may lie beside its authority, whose ca.crt is then the same file.
        there = [name for name in there if (folder / name).read_bytes() != files[name]]
        if there and not force:
            raise PkiError(
                f"{folder / there[0]} exists already; choose another folder or use --force"
            )
        for name, content in files.items():
            _write(folder / name, content)
    except OSError as error:
        raise PkiError(f"{error.filename or folder}: cannot write: {error.strerror}") from error


def _write(path: Path, content: bytes) -> None:
    # Written beside and renamed, so that nobody ever reads half a file and an old file's wider
    # permissions are not kept.
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    mode = 0o600 if path.suffix == ".key" else 0o644
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        beside.rename(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
