"""Packages that not every installation has, and which extra brings them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

# The modules that an extra of pyproject.toml installs. Not `re2`: agents run without it, and
# what needs it says so.
EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "agent": (
        *("certifi", "dns", "grpc_health", "grpc_reflection", "httptools", "jinja2"),
        *("prometheus_client", "zeroconf"),
    ),
    "ui": ("starlette", "uvicorn"),
}


def require(extra: str) -> None:
    """Raise ModuleNotFoundError unless all of an extra is installed, before anything begins."""
    for module in EXTRAS[extra]:
        if find_spec(module) is None:
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)


def extra_of(module: str | None) -> str | None:
    """Return the extra that installs a module, or None."""
    root = (module or "").partition(".")[0]
    return next((extra for extra, modules in EXTRAS.items() if root in modules), None)
