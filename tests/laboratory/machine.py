"""Machines that can be made ill: slow or failing disks and wrong clocks below a real program."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_LAYOUT = struct.Struct("=qqq")
SOURCE = Path(__file__).with_name("machine.c")


class DiskFault(IntEnum):
    """How a disk fails."""

    NONE = 0
    EIO_ON_FSYNC = 1
    ENOSPC_ON_WRITE = 2


def build(folder: Path) -> Path:
    """Compile the library that stands between a program and its machine."""
    library = folder / "machine.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    return library


@dataclass(slots=True)
class Machine:
    """State of one machine; `variables` put a program on it."""

    library: Path
    state: Path
    fsync_delay: float = 0.0  # seconds
    disk_fault: DiskFault = DiskFault.NONE
    clock_offset: float = 0.0  # seconds

    def __post_init__(self) -> None:
        self.apply()

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables of a program that runs on this machine."""
        return {"LD_PRELOAD": str(self.library), "LAB_MACHINE": str(self.state)}

    @property
    def prefix(self) -> tuple[str, ...]:
        """Return what a command begins with to run on this machine."""
        return ("env", *(f"{name}={value}" for name, value in self.variables.items()))

    def apply(self) -> None:
        """Make the running program feel the state, at once."""
        numbers = (self.fsync_delay * 1e6, float(self.disk_fault), self.clock_offset * 1e3)
        written = _LAYOUT.pack(*map(int, numbers))
        # In place: the program has mapped this file.
        with self.state.open("r+b" if self.state.exists() else "wb") as file:
            file.write(written)

    def cure(self) -> None:
        """Make disk and clock right again."""
        self.fsync_delay, self.disk_fault, self.clock_offset = 0.0, DiskFault.NONE, 0.0
        self.apply()
