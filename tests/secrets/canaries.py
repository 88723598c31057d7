"""Secrets that nothing but a test has ever seen, and how to find them again in any disguise."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

MARK = "c4nary"
LEAST = 12  # characters of a disguise that are enough to know it by


class Canaries:
    """Plants secrets, each with a name, and looks for them."""

    def __init__(self) -> None:
        self._planted: dict[str, str] = {}
        self._forms: dict[str, tuple[bytes, ...]] = {}

    def plant(self, name: str, template: str = "{}") -> str:
        """A new secret of that name; `template` says what it must look like."""
        return self.know(name, template.format(f"{MARK}{secrets.token_hex(8)}"))

    def know(self, name: str, secret: str) -> str:
        """A secret that something else made, such as a private key."""
        assert len(secret) >= LEAST, f"{name} is too short to be told from chance"
        assert name not in self._planted, f"{name} is planted twice"
        self._planted[name] = secret
        self._forms[name] = tuple(dict.fromkeys(_forms(secret.encode())))
        return secret

    def __getitem__(self, name: str) -> str:
        return self._planted[name]

    @property
    def names(self) -> list[str]:
        """Of all that are planted."""
        return list(self._planted)

    def within(self, content: bytes | str) -> list[str]:
        """Names of those that can be read out of `content`."""
        found = content.encode() if isinstance(content, str) else content
        return [name for name, forms in self._forms.items() if any(form in found for form in forms)]


def _forms(secret: bytes) -> Iterator[bytes]:
    """As it is, and as it looks once it went through an encoder."""
    text = secret.decode()
    yield secret
    for encode in (quote, quote_plus):
        yield encode(text).encode()
        yield encode(text, safe="").encode()
    yield json.dumps(text)[1:-1].encode()
    yield repr(text)[1:-1].encode()
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    yield text.encode("utf-16-le")
    for shift in range(3):
        padded = bytes(shift) + secret
        for encoder in (base64.b64encode, base64.urlsafe_b64encode):
            # Without the characters at both ends, in which neighbours have a part.
            whole = encoder(padded)[-(-shift * 4 // 3) :]
            yield whole[: (len(padded) // 3) * 4 - (-(-shift * 4 // 3))]


def key_lines(pem: bytes) -> str:
    """What is secret in a PEM file: a line from the middle."""
    lines = [line for line in pem.decode().splitlines() if line and "-----" not in line]
    return max(lines, key=len)


def holders(folders: Iterable[Path], canaries: Canaries) -> dict[Path, list[str]]:
    """Files that hold secrets, with whose."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                names = canaries.within(path.read_bytes())
                if names:
                    found[path] = names
    return found
