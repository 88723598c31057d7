"""What every measurement is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bench import alertmanager
from bench.cluster import Certificates
from bench.figure import Figure


@dataclass(frozen=True, slots=True)
class Setting:
    """A folder for its files, certificates, and whether it is only to be seen to work."""

    folder: Path
    certificates: Certificates
    quick: bool

    @property
    def compared(self) -> bool:
        """Whether Alertmanager is measured, too; it takes 10 s to settle."""
        return not self.quick and alertmanager.program() is not None

    def times(self, full: int, quick: int) -> int:
        """How often, or how long."""
        return quick if self.quick else full

    def room(self, name: str) -> Path:
        """A new folder."""
        path = self.folder / name
        path.mkdir(parents=True)
        return path


Measurement: TypeAlias = Callable[[Setting], Awaitable[list[Figure]]]
