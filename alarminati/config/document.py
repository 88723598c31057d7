"""Reads the YAML file. A key given twice is refused: the first one would silently not count."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from alarminati.config.refusal import ConfigError
from alarminati.wire.reading import BadFile, read_file

SIZE_LIMIT = 2**20  # bytes


def read_document(path: Path) -> dict[str, Any]:
    """The keys and values of a file. Raises ConfigError."""
    return parse_document(_text(path), str(path))


def parse_document(text: str, source: str) -> dict[str, Any]:
    """The keys and values of a text. Raises ConfigError, which names `source`."""
    document = parse_value(text, source)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(source, "", "must hold keys with values, such as project: shop")
    return document


def parse_value(text: str, source: str) -> Any:
    """What a YAML text says. Raises ConfigError, which names `source`."""
    import yaml  # takes 35 ms, which an agent told by flags alone does not need

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                    continue  # for yaml itself to refuse or to merge
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value} is given twice", key.start_mark
                    )
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader)
    except yaml.MarkedYAMLError as error:
        # not str(error): it quotes the lines around, which may hold secrets
        mark = error.problem_mark
        at = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        # Nor words of the text: what begins with * or ! is quoted, and a password may.
        problem = re.sub(r"'[^']{2,}'", "...", error.problem or "not YAML")
        if mark and "\\t" in (error.problem or ""):
            problem = "here is a tab; YAML wants spaces"
        raise ConfigError(source, "", f"{at}{problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ConfigError(source, "", "is not YAML that can be read") from None


def _text(path: Path) -> str:
    try:
        return read_file(path, SIZE_LIMIT, pipes=True).decode()
    except BadFile as error:
        why = f"cannot be read: {error}"
        why = "there is no such file; check the path" if error.missing else why
        raise ConfigError(str(path), "", why) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), "", "is not UTF-8 text") from None
