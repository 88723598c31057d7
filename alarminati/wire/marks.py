"""Detection of file changes by `stat`: no file is read, none is watched.

That costs one `stat`, works on every volume, and sees through the symbolic links by which
Kubernetes swaps a Secret or ConfigMap.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Mark: TypeAlias = tuple[int, int, int, int, int] | None
"""Signature of a file; another one means that it was changed, replaced or linked. None: no file.
"""


def mark(path: Path) -> Mark:
    """Return the signature of a file, which differs from that of any earlier state."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
