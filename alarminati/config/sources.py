"""Where secrets come from: `env:NAME`, `file:PATH`, or the text itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from alarminati.config.refusal import ConfigError
from alarminati.config.secret import Secret
from alarminati.wire.reading import BadFile, read_file

SIZE_LIMIT = 65_536  # bytes
CERTIFICATES_LIMIT = 2**20  # likewise; what systems trust is a fifth of it
BEGIN = "-----BEGIN CERTIFICATE-----"


class Secrets:
    """Makes the texts of a channel's settings secret."""

    def __init__(
        self,
        environ: Mapping[str, str],
        folder: Path,
        refuse: Callable[[str, str], ConfigError],
        opened: Callable[[Path], None],
    ) -> None:
        """`opened` is told of every file that is looked at."""
        self._environ = environ
        self._folder = folder  # what relative paths are relative to
        self._refuse = refuse
        self._opened = opened

    def fetch(self, key: str, value: object) -> object:
        """The value with every text in it a Secret. Raises ConfigError."""
        if isinstance(value, dict):
            return {name: self.fetch(f"{key}.{name}", inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.fetch(f"{key}[{place}]", inner) for place, inner in enumerate(value)]
        if not isinstance(value, str):
            return value
        kind, colon, name = value.partition(":")
        if colon and kind == "env":
            return self._from_variable(key, name)
        if colon and kind == "file":
            return self._from_file(key, self._folder / Path(name).expanduser())
        return Secret(value)

    def _from_variable(self, key: str, name: str) -> Secret:
        text = self._environ.get(name, "")
        if not text:
            raise self._refuse(key, f"the variable {name} is not set or empty; set it")
        return Secret(text)

    def certificates(self, key: str, value: object) -> object:
        """PEM text: the text itself, or what the file holds that it names. Raises ConfigError."""
        if not isinstance(value, str) or not value or BEGIN in value:
            return Secret(value) if isinstance(value, str) else value
        kind, _, name = value.partition(":")
        if kind == "env":
            value = self._from_variable(key, name).reveal()
            if BEGIN in value:
                return Secret(value)
        path = self._folder / Path(name if kind == "file" else value).expanduser()
        text = self._from_file(key, path, CERTIFICATES_LIMIT)
        if BEGIN not in text.reveal():
            raise self._refuse(key, f"the file {path} holds no certificate in PEM")
        return text

    def _from_file(self, key: str, path: Path, limit: int = SIZE_LIMIT) -> Secret:
        self._opened(path)
        try:
            text = read_file(path, limit).decode().strip()
        except BadFile as error:
            raise self._refuse(key, f"the file {path} cannot be read: {error}") from None
        except ValueError:
            raise self._refuse(key, f"the file {path} is not UTF-8 text") from None
        if not text:
            raise self._refuse(key, f"the file {path} is empty")
        return Secret(text)
