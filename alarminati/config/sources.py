"""Where secrets come from: `env:NAME`, `file:PATH`, or the text itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from alarminati.config.refusal import ConfigError
from alarminati.config.secret import Secret

SIZE_LIMIT = 65_536  # bytes


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

    def _from_file(self, key: str, path: Path) -> Secret:
        self._opened(path)
        try:
            with path.open("rb") as file:
                data = file.read(SIZE_LIMIT + 1)
            text = data.decode().strip()
        except OSError as error:
            raise self._refuse(key, f"the file {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise self._refuse(key, f"the file {path} is not UTF-8 text") from None
        if not text or len(data) > SIZE_LIMIT:
            raise self._refuse(key, f"the file {path} is empty or larger than {SIZE_LIMIT} bytes")
        return Secret(text)
