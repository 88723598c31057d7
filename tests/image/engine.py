"""Does what a Docker engine would with our Dockerfile, as far as the kernel alone goes.

Run in a mount namespace of its own. `build` carries the steps of both stages out in folders that
hold nothing but this computer's system and Python, for a base image is not to be had; `run` starts
what came of it without network, without a shell, as its user, on a read-only root.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.image.dockerfile import Stage, stages  # noqa: E402

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/proc")
WITHOUT_PROGRAMS = ("/usr/lib", "/usr/lib64", "/usr/share", "/lib", "/lib64", "/dev", "/proc")
CACHE = ROOT / ".tools/pip-cache"
PYTHON = Path(sys.base_prefix)


def mount(*words: str | Path) -> None:
    """Call mount."""
    subprocess.run(["mount", *map(str, words)], check=True)


def lay(root: Path, *paths: str) -> None:
    """Show folders of this computer in a new root."""
    for path in (*paths, str(PYTHON)):
        if Path(path).is_dir():
            (root / path[1:]).mkdir(parents=True, exist_ok=True)
            mount("--bind", path, root / path[1:])
    if "/etc" in paths:  # may be changed, so it is a copy
        subprocess.run(["umount", root / "etc"], check=True)
        shutil.copytree("/etc", root / "etc", symlinks=True, dirs_exist_ok=True)
    (root / "tmp").mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "tmp")


def inside(root: Path, user: int) -> Callable[[], None]:
    """For a new process: make `root` its root and become the user."""

    def enter() -> None:
        os.chroot(root)
        os.chdir("/")
        if user:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)

    return enter


def build(into: Path) -> None:
    """Carry out every step."""
    first, last = stages(ROOT / "Dockerfile")
    for stage, name in ((first, "build"), (last, "final")):
        root = into / name
        root.mkdir()
        lay(root, *SYSTEM)
        carry_out(stage, root, into)


def carry_out(stage: Stage, root: Path, into: Path) -> None:
    """The steps of one stage that change files."""
    folder = "/"
    outside = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    environ = outside | {"PATH": f"{PYTHON}/bin:/usr/bin:/bin", "HOME": "/tmp"}
    if stage.environ.get("PIP_CACHE_DIR"):  # the final stage's other variables are for running
        environ |= stage.environ
    for instruction, arguments in stage.steps:
        if instruction == "WORKDIR":
            folder = arguments
            (root / folder[1:]).mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            copy(shlex.split(arguments), root, folder, into)
        elif instruction == "RUN":
            for target in re.findall(r"--mount=type=cache,target=(\S+) ", arguments):
                show_cache(root / target[1:])
            command = re.sub(r"--mount=\S+ ", "", arguments)
            subprocess.run(
                ["/bin/sh", "-c", f"cd {folder} && {command}"],
                env=environ,
                preexec_fn=inside(root, 0),
                check=True,
            )


def show_cache(where: Path) -> None:
    """Lay the folder that is kept between runs there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if not where.exists():
        where.mkdir(parents=True)
        mount("--bind", CACHE, where)


def copy(words: list[str], root: Path, folder: str, into: Path) -> None:
    """COPY from the context or another stage."""
    *sources, target = words
    context = ROOT
    if sources[0].startswith("--from="):
        context = into / sources.pop(0).removeprefix("--from=")
    for source in sources:
        origin = context / source.lstrip("/")
        where = root / folder[1:] / target.lstrip("/") if target[0] != "/" else root / target[1:]
        if origin.is_dir():
            ignore = shutil.ignore_patterns("__pycache__") if context == ROOT else None
            shutil.copytree(origin, where, symlinks=True, dirs_exist_ok=True, ignore=ignore)
        else:
            into_folder = target.endswith("/")
            (where if into_folder else where.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, where / origin.name if into_folder else where)


def run(into: Path) -> None:
    """Start the image with its defaults, ask it, stop it; tell as JSON what happened."""
    stage = stages(ROOT / "Dockerfile")[-1]
    (user,) = {int(text) for text in stage.all("USER")[0].split(":")}
    root = into / "running"
    root.mkdir()
    mount("--bind", root, root)
    lay(root, *WITHOUT_PROGRAMS)
    shutil.copytree(into / "final/opt", root / "opt", symlinks=True)
    (volume,) = json.loads(stage.all("VOLUME")[0])
    journal = root / volume[1:]
    journal.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"uid={user},gid={user}", "tmpfs", journal)
    mount("-o", "remount,bind,ro", root)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    environ = {"HOME": "/", "ALARMINATI_TLS_MODE": "insecure", **stage.environ}

    def start(words: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words,
            env=environ,
            preexec_fn=inside(root, user),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    entry = stage.command("ENTRYPOINT")
    python = str(Path(entry[0]).with_name("python"))
    agent = start([*entry, *stage.command("CMD")])
    try:
        healthy = until_healthy(lambda: start(stage.command("HEALTHCHECK")), agent)
        told = {
            "healthy": healthy,
            "reported": ended(start([*entry, "report", "it works", "--severity", "INFO"])),
            "installed": ended(start([python, "-c", "import alarminati as a; print(a.__file__)"])),
            "pki": ended(start([*entry, "pki", "init", "--out", f"{volume}/ca"])),
            "root_takes_files": takes_files(root / "opt"),
            "has_a_shell": (root / "bin").exists(),
            "journal": sorted(path.name for path in journal.iterdir()),
        }
    finally:
        agent.send_signal(signal.SIGTERM)
        said, _ = agent.communicate(timeout=30)
    print(json.dumps(told | {"exit": agent.returncode, "said": said}))


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and output."""
    said, _ = process.communicate(timeout=20)
    return process.returncode, said.strip()


def takes_files(folder: Path) -> bool:
    """Whether even we could write there."""
    try:
        (folder / "x").touch()
    except OSError:
        return False
    return True


def until_healthy(check: Callable[[], subprocess.Popen[str]], agent: subprocess.Popen[str]) -> bool:
    """Repeat the health check until it passes; False when it does not within 20 s."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and agent.poll() is None:
        if ended(check())[0] == 0:
            return True
    return False


if __name__ == "__main__":
    mount("--make-rprivate", "/")
    {"build": build, "run": run}[sys.argv[1]](Path(sys.argv[2]))
