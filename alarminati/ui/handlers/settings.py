"""Settings, and what is said about the app."""

from __future__ import annotations

import platform

import msgspec

from alarminati.client.profile import profiles_folder
from alarminati.ui.app import App
from alarminati.ui.handlers.asked import Asked
from alarminati.ui.problems import invalid
from alarminati.ui.schema.settings import About, Settings, Storage

_MOST = 64 * 1024


async def get_settings(app: App, asked: Asked) -> Settings:
    """Return the settings."""
    return app.settings


async def put_settings(app: App, asked: Asked) -> Settings:
    """Replace the settings; other tabs hear of it."""
    settings: Settings = asked.body
    if len(asked.raw) > _MOST:
        raise invalid("", "설정이 너무 큽니다.", "The settings are too large.")
    app.settings = settings
    app.base.keep_setting("settings", msgspec.to_builtins(settings))
    for live in app.live.values():
        live.heard.interval = app.interval_of(live.known)
    app.reset("settings")
    return settings


async def get_about(app: App, asked: Asked) -> About:
    """Return what is said about the app, and the files it keeps."""
    storage = [
        Storage(
            live.id, str(live.history.path), live.history.path.stat().st_size, len(live.history)
        )
        for live in app.live.values()
        if live.history is not None
    ]
    path = app.base.path
    storage.append(Storage("", str(path), path.stat().st_size, 0))
    return About(
        *(app.version, app.build, str(path.parent), str(profiles_folder())),
        *(platform.python_version(), f"{platform.system()} {platform.release()}"),
        "microsoft" in platform.release().lower(),
        storage,
        ["Apache-2.0"],
    )
