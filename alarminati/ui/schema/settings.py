"""Settings, import, and what is said about the app."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from alarminati.ui.schema.common import Severity


class NotifyRule(Struct):
    """Notifications and sound for one severity."""

    notify: bool
    sound: bool


def _rules() -> dict[Severity, NotifyRule]:
    return {
        "CRITICAL": NotifyRule(True, True),
        "ERROR": NotifyRule(True, False),
        "WARNING": NotifyRule(False, False),
        "INFO": NotifyRule(False, False),
    }


class Settings(Struct):
    """Settings of the person; kept in the data folder, the same in every tab."""

    language: Literal["", "ko", "en"] = ""
    """Empty: as the browser says."""
    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["normal", "dense", "roomy"] = "normal"
    order: Literal["severity", "time"] = "severity"
    group: list[str] = field(default_factory=list)
    notify: dict[Severity, NotifyRule] = field(default_factory=_rules)
    notify_asked: bool = False
    notify_silent: bool = True
    """Of clusters that fall silent."""
    notify_projects: list[str] = field(default_factory=list)
    """Only of these; empty: all."""
    quiet_start: str = ""
    """HH:MM of the local day; empty: no quiet hours."""
    quiet_end: str = ""
    volume: int = 60
    shortcuts: bool = True
    keys: dict[str, str] = field(default_factory=dict)
    """Commands to keys, where they differ from the preset."""
    price_won_per_gb: float = 160.0
    keepalive_seconds: int = 15
    """For clusters that have no choice of their own."""


class Storage(Struct):
    """One file of the data folder."""

    cluster: str
    path: str
    bytes: int
    records: int


class About(Struct):
    """The app itself."""

    version: str
    build: str
    data_folder: str
    config_folder: str
    python: str
    system: str
    wsl: bool
    storage: list[Storage]
    licenses: list[str]


class ImportResult(Struct):
    """Result of an import."""

    clusters: int
    records: int
    skipped: int
    """Records that were here already."""
    problems: list[str]
