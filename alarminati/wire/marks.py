"""Whether a file changed, by what the system says of it: nothing is read, nothing is watched.

That costs one `stat`, works on every volume, and sees through the symbolic links by which
Kubernetes swaps a Secret or ConfigMap.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Mark: TypeAlias = tuple[int, int, int, int, int] | None
"""Another one: the file was changed or replaced, or a link set elsewhere. None: it is not there."""


def mark(path: Path) -> Mark:
    """What tells a file from what it was before, and from another one in its place."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
