"""Opening the browser: on this computer, or from WSL in Windows."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Sequence
from typing import Final

_RUNDLL: Final = "/mnt/c/Windows/System32/rundll32.exe"
_PATIENCE: Final = 10.0

Run = Callable[[Sequence[str]], bool]
Which = Callable[[str], str | None]


def in_wsl(release: str = platform.release()) -> bool:
    """Return whether this is Linux within Windows, by the name of its kernel."""
    return "microsoft" in release.lower()


def openers(which: Which = shutil.which) -> list[list[str]]:
    """Return commands that open an address in Windows, the best first."""
    found = []
    if wslview := which("wslview"):
        found.append([wslview])
    if rundll := which("rundll32.exe") or which(_RUNDLL):
        found.append([rundll, "url.dll,FileProtocolHandler"])
    return found


def open_browser(
    address: str,
    *,
    wsl: bool | None = None,
    which: Which = shutil.which,
    run: Run | None = None,
    browse: Callable[[str], bool] = webbrowser.open,
) -> bool:
    """Open an address; return whether that may have worked. False: somebody must type it."""
    run = run or _run
    if in_wsl() if wsl is None else wsl:
        return any(run([*command, address]) for command in openers(which))
    if sys.platform == "linux" and not _has_desktop():
        return False  # a terminal's browser would take the terminal
    return browse(address)


def _has_desktop() -> bool:
    import os

    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _run(command: Sequence[str]) -> bool:
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0
