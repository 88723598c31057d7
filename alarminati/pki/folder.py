"""Folders of certificates: `ca.crt` and `ca.key` of an authority; `ca.crt`, `tls.crt`, `tls.key`.

A key is never readable by others, not even while it is being written, and no existing file is
overwritten unless the caller asks for that.

A renewed certificate comes with a new key, and both must change at one moment, or a crash in
between would leave a pair that does not match. So the files become links into a folder beside
them, as in a Kubernetes volume, and one link is replaced:

    tls.key -> .current/tls.key        .current -> .5f0c2a91
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from alarminati.pki.authority import Authority, Issued, PkiError
from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file
from alarminati.wire.writing import sync_folder, write

AUTHORITY_FILES = ("ca.crt", "ca.key")
ISSUED_FILES = ("ca.crt", "tls.crt", "tls.key")
CURRENT = ".current"
VERSIONS = ".[0-9a-f]" + 7 * "[0-9a-f]"


def save_authority(authority: Authority, folder: Path, *, force: bool = False) -> None:
    """Write `ca.crt` and `ca.key`. Raises PkiError."""
    contents = (authority.certificate, authority.key)
    _save(folder, dict(zip(AUTHORITY_FILES, contents, strict=True)), force)


def save_issued(issued: Issued, folder: Path, *, force: bool = False) -> None:
    """Write `ca.crt`, `tls.crt` and `tls.key`. Raises PkiError."""
    _save(folder, _files(issued), force)


def _files(issued: Issued) -> dict[str, bytes]:
    contents = (issued.ca, issued.certificate, issued.key)
    return dict(zip(ISSUED_FILES, contents, strict=True))


def save_key(key: bytes, path: Path) -> None:
    """Write a private key on its own, before there is a certificate. Raises PkiError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, key)
    except OSError as error:
        raise PkiError(f"{error.filename or path}: cannot write: {error.strerror}") from error


def load_authority(folder: Path) -> Authority:
    """Read the files that `save_authority` wrote. Raises PkiError."""
    read: list[bytes] = []
    try:
        for name in AUTHORITY_FILES:
            read.append(read_file(folder / name, FILE_LIMIT))
    except BadFile as error:
        place = folder / AUTHORITY_FILES[len(read)]
        if not error.missing:
            raise PkiError(f"{place} cannot be read: {error}") from error
        raise PkiError(
            f"{place} does not exist; make an authority with `alarminati pki init --out {folder}`"
        ) from error
    return Authority.load(*read)


def replace_issued(issued: Issued, folder: Path) -> None:
    """Replace the pair of a folder by a new one, at one moment. Raises PkiError.

    The previous pair is kept beside it, for readers of this moment; older pairs are removed.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = _adopted(folder)
        fresh = _versioned(folder, _files(issued))
        _link(folder / CURRENT, fresh.name)
        for old in folder.glob(VERSIONS):
            if old.is_dir() and old.name not in (fresh.name, before):
                shutil.rmtree(old)
    except OSError as error:
        raise PkiError(f"{error.filename or folder}: cannot write: {error.strerror}") from error


def _adopted(folder: Path) -> str:
    """Turn the files into links to a version; return its name, empty when there were no files."""
    current = folder / CURRENT
    there = {name: folder / name for name in ISSUED_FILES}
    plain = not all(path.is_symlink() for path in there.values())
    if plain and all(path.exists() for path in there.values()):
        before = _versioned(folder, {name: path.read_bytes() for name, path in there.items()})
        _link(current, before.name)
    # One after the other: the links lead to the same content as before.
    for name, path in there.items():
        if not path.is_symlink():
            _link(path, f"{CURRENT}/{name}")
    return current.readlink().name if current.is_symlink() else ""


def _versioned(folder: Path, files: dict[str, bytes]) -> Path:
    """Create a folder with these files, durable on disk."""
    version = folder / f".{secrets.token_hex(4)}"
    version.mkdir(mode=0o700)
    for name, content in files.items():
        _write(version / name, content)
    sync_folder(version)
    return version


def _link(path: Path, target: str) -> None:
    beside = path.with_name(f".{path.name.lstrip('.')}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(path)
    sync_folder(path.parent)


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
    write(path, content, 0o600 if path.suffix == ".key" else 0o644)
