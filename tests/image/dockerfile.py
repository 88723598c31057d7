"""Reads the Dockerfile: what each of its stages does, in order."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    """One FROM and what follows."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)  # instruction and its arguments

    def all(self, instruction: str) -> list[str]:
        """Arguments of every such instruction."""
        return [arguments for name, arguments in self.steps if name == instruction]

    def command(self, instruction: str) -> list[str]:
        """The one such instruction in its exec form, which needs no shell."""
        (arguments,) = self.all(instruction)
        words = json.loads(arguments[arguments.index("[") :])
        assert all(isinstance(word, str) for word in words)
        return list(words)

    @property
    def environ(self) -> dict[str, str]:
        """What ENV says."""
        pairs = (word.partition("=") for text in self.all("ENV") for word in shlex.split(text))
        return {name: value for name, _, value in pairs}


def stages(file: Path) -> list[Stage]:
    """The stages of a Dockerfile."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    found: list[Stage] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        instruction, _, arguments = line.strip().partition(" ")
        if instruction == "FROM":
            base, _, name = arguments.partition(" AS ")
            found.append(Stage(base, name))
        elif instruction:
            found[-1].steps.append((instruction, arguments))
    return found
