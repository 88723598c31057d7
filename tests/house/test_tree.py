"""What may not be in the tree: paths of somebody's machine, download hosts, ragged files."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.house.source import ROOT, tracked

# Spelt in pieces, so that this file passes too.
PLACES = re.compile(r"(^|[^\w.$)}])/(home|root|work|Users)" + "/")
HOSTS = [
    *("py" + "pi.org", "python" + "hosted.org", "registry.np" + "mjs.org", "proxy.go" + "lang.org"),
    *("static.cra" + "tes.io", "repo.maven.apa" + "che.org", "deb.de" + "bian.org"),
    *("--index" + "-url", "--extra-index" + "-url", "--find" + "-links"),
]
BINARY = (".binpb", ".png", ".ico", ".woff2", ".gz", ".tgz")
TEXTS = [path for path in tracked() if not path.endswith(BINARY)]


@pytest.mark.parametrize("path", TEXTS)
def test_text_is_tidy_and_names_no_machine(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert text == "" or text.endswith("\n"), "does not end with a newline"
    assert not text.endswith("\n\n\n"), "ends with empty lines"
    assert "\r" not in text, "has carriage returns"
    for number, line in enumerate(text.splitlines(), 1):
        assert not PLACES.search(line), f"line {number} names a path of one machine: {line}"
        assert not any(host in line for host in HOSTS), f"line {number} names a host: {line}"


def test_locks_have_nothing_but_versions_and_hashes() -> None:
    locks = [path for path in tracked() if re.fullmatch(r"requirements/\w+\.txt", path)]
    assert len(locks) >= 8
    for path in locks:
        lines = (ROOT / path).read_text().splitlines()
        for line, following in pairwise(lines):
            if "==" in line:
                assert line.endswith("\\"), f"{path}: {line} has no hash"
                assert following.startswith("    --hash=sha256:"), f"{path}: {line} has no hash"
