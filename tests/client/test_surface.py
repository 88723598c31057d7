"""What programs may rely on is what the documentation lists, and quick to import."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import alarminati.client

DOCS = Path(__file__).resolve().parents[2] / "docs" / "client.md"


def test_the_public_names_are_those_documented() -> None:
    table = [line for line in DOCS.read_text().splitlines() if line.startswith("|")]
    documented = re.findall(r"`(\w+)`", "\n".join(table[2:]))
    assert sorted(documented) == sorted(alarminati.client.__all__)
    assert len(set(documented)) == len(documented)


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = [
        "cryptography",
        "zeroconf",
        "dns",
        "httptools",
        "prometheus_client",
    ]
    code = f"import sys, alarminati.client; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_the_examples_in_the_documentation_are_python() -> None:
    examples = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    assert len(examples) == 3
    for code in examples:
        compile(code, "client.md", "exec")
