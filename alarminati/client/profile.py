"""The clusters a person belongs to: one folder each, with addresses, certificate and key.

    ~/.config/alarminati/current                       name of the profile in use
    ~/.config/alarminati/w-sharing.seoul-1/profile.json
    ~/.config/alarminati/w-sharing.seoul-1/ca.crt, tls.crt, tls.key

Folders are the owner's alone (0700), keys are 0600. `profile.json` is written last, so a folder
without it is no profile.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from alarminati.client.errors import AlarminatiError, NotFound
from alarminati.wire.writing import write

FILE: Final = "profile.json"
CURRENT: Final = "current"
_ADDRESS: Final = re.compile(r"(?:\[[0-9A-Fa-f:.%\w]+\]|[\w.-]+):\d{1,5}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class BadProfile(AlarminatiError):
    """A profile cannot be read or written; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One cluster as somebody reaches it."""

    name: str
    folder: Path
    """With ca.crt, tls.crt and tls.key."""
    agents: tuple[str, ...]
    """host:port, at least one."""
    project: str
    cluster: str
    invitation: str = ""
    """What was redeemed for it; empty: it came otherwise."""


class Profiles:
    """All profiles of one person."""

    def __init__(self, root: Path) -> None:
        """`root` need not exist; see `profiles_folder`."""
        self.root = root

    def names(self) -> list[str]:
        """Their names, sorted."""
        return sorted(path.parent.name for path in self.root.glob(f"*/{FILE}"))

    def folder(self, name: str) -> Path:
        """Where a profile of that name lies or would lie. Raises BadProfile."""
        if not _NAME.fullmatch(name):
            raise BadProfile(
                f"{name!r} cannot name a profile: use up to 128 letters, digits, dots, - and _"
            )
        return self.root / name

    def get(self, name: str) -> Profile:
        """The profile of that name. Raises NotFound and BadProfile."""
        folder = self.folder(name)
        try:
            said = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            known = ", ".join(self.names()) or "none"
            raise NotFound(f"there is no profile {name!r} (there are: {known})") from None
        except (OSError, ValueError, RecursionError) as error:
            raise BadProfile(
                f"the profile {name} cannot be read ({folder / FILE}): remove it with `alarminati"
                f" profiles delete {name}`"
            ) from error
        return _profile(name, folder, said)

    def current(self) -> Profile | None:
        """The profile in use; None when there is none. Raises BadProfile."""
        known, path = self.names(), self.root / CURRENT
        if not known or not path.exists():
            return None
        name = self.current_name()
        if name not in known:
            raise BadProfile(
                f"{path} names no profile (there are: {', '.join(known)}): choose one with"
                " `alarminati profiles use NAME`"
            )
        return self.get(name)

    def current_name(self) -> str:
        """What the profile in use is called; empty when none is in use."""
        try:
            return (self.root / CURRENT).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""

    def use(self, name: str) -> Profile:
        """Use that profile from now on. Raises NotFound and BadProfile."""
        profile = self.get(name)
        self._write(self.root / CURRENT, name + "\n")
        return profile

    def keep(
        self,
        name: str,
        *,
        agents: Sequence[str],
        project: str,
        cluster: str,
        invitation: str = "",
    ) -> Profile:
        """Make a folder that has its certificate by now a profile. Raises BadProfile."""
        folder = self.folder(name)
        said = {"project": project, "cluster": cluster, "agents": list(agents)}
        said |= {"invitation": invitation} if invitation else {}
        self._write(folder / FILE, json.dumps(said, ensure_ascii=False, indent=1) + "\n")
        return _profile(name, folder, said)

    def remove(self, name: str) -> None:
        """Remove a profile, key and all. Raises NotFound and BadProfile."""
        folder = self.folder(name)
        if not (folder / FILE).exists():
            self.get(name)  # says what there is
        try:
            (folder / FILE).unlink()
            shutil.rmtree(folder)
            if self.current_name() == name:
                (self.root / CURRENT).unlink()
        except OSError as error:
            raise _refusal(error, folder) from error

    def _write(self, path: Path, text: str) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write(path, text.encode(), 0o600)
        except OSError as error:
            raise _refusal(error, path) from error


def profiles_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where profiles lie: $XDG_CONFIG_HOME/alarminati, else ~/.config/alarminati."""
    base = environ.get("XDG_CONFIG_HOME", "")
    folder = Path(base) if base.startswith("/") else Path.home() / ".config"
    return folder / "alarminati"


def profile_name(project: str, cluster: str) -> str:
    """What a profile is called unless somebody says otherwise."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{project}.{cluster}").strip("-._")
    return name[:128] or "cluster"


def _profile(name: str, folder: Path, said: Any) -> Profile:
    said = said if isinstance(said, dict) else {}
    agents, texts = said.get("agents"), [said.get("project"), said.get("cluster")]
    texts.append(said.get("invitation", ""))
    sound = isinstance(agents, list) and agents and all(map(_is_address, agents))
    if not sound or not all(isinstance(text, str) for text in texts):
        raise BadProfile(f"{folder / FILE} lacks agents, project or cluster; join again")
    return Profile(name, folder, tuple(agents), *texts)


def _is_address(text: object) -> bool:
    return isinstance(text, str) and _ADDRESS.fullmatch(text) is not None


def _refusal(error: OSError, path: Path) -> BadProfile:
    return BadProfile(f"{error.filename or path} cannot be written: {error.strerror}")
