"""A disk that answers nothing, below a real agent: fsync does not return."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.cluster import Cluster
from tests.support.patience import until

SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static void wait_for_disk(void) {
    for (;;) {
        FILE *file = fopen(getenv("STALLED_PROCESS"), "r");
        int pid = 0;
        if (file) { if (fscanf(file, "%d", &pid) != 1) pid = 0; fclose(file); }
        if (pid != getpid()) return;
        usleep(10000);
    }
}
int fsync(int fd) { wait_for_disk(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
int fdatasync(int fd) { wait_for_disk(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
"""
"""Holds the calls of the process whose id is in a file."""


@pytest.fixture
def stalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that names the process whose disk stands."""
    source, library, stalled = (tmp_path / name for name in ("shim.c", "shim.so", "stalled"))
    source.write_text(SHIM)
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    subprocess.run(command, check=True, timeout=60)
    monkeypatch.setenv("LD_PRELOAD", str(library))
    monkeypatch.setenv("STALLED_PROCESS", str(stalled))
    return stalled


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
async def test_g1_a_master_whose_disk_stands_lets_another_and_says_so(
    tmp_path: Path, stalled: Path
) -> None:
    async with Cluster(tmp_path) as cluster:
        master, (standby, _) = await cluster.master(), await cluster.standbys()
        stalled.write_text(str(master.pid))
        reply = await standby.report("the disk stands")
        assert reply.json["replicas"] == 1  # both others hang on the master; the answer says so
        arrival = await cluster.sink.first("the disk stands")
        assert arrival.wall - reply.at < 10.0

        async def unwell() -> bool:
            return await master.get("/healthz") == 503

        await until("it says that its disk stands", unwell, 10)
        assert (await standby.report("meanwhile")).json["replicas"] >= 2
        await cluster.sink.first("meanwhile")
        stalled.unlink()
        await master.ready()
        for message in ("the disk stands", "meanwhile"):
            assert await cluster.told(message) == 1
