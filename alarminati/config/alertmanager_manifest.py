"""An Alertmanager's configuration within what Kubernetes and Helm wrap around it. Pure."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any

from alarminati.config.alertmanager_notes import Raw
from alarminati.config.document import parse_document
from alarminati.config.refusal import ConfigError

_KEYS = ("alertmanager.yaml", "alertmanager.yml", "config.yml", "config.yaml")
_MANY = 2**22  # bytes that a packed one may unfold to


def inner(whole: Raw) -> Raw:
    """The configuration in a Secret, a ConfigMap or the values of a chart; else what was given.

    Raises ConfigError for a manifest that has none.
    """
    kind = whole.get("kind") if "apiVersion" in whole else None
    if kind in ("Secret", "ConfigMap"):
        return _of_manifest(str(kind), whole)
    if kind is not None:
        raise ConfigError(
            "",
            "",
            f"is a manifest of kind {str(kind)[:40]}, not an Alertmanager's configuration; pass"
            " the file that the Alertmanager runs with. The Prometheus operator keeps that in the"
            " Secret alertmanager-NAME-generated: kubectl get secret ... -o yaml prints what can"
            " be imported as it is",
        )
    values = whole.get("alertmanager")
    if "route" not in whole and isinstance(values, dict) and isinstance(values.get("config"), dict):
        return dict(values["config"])  # of the chart kube-prometheus-stack
    return whole


def _of_manifest(kind: str, whole: Raw) -> Raw:
    plain: Any = whole.get("stringData" if kind == "Secret" else "data") or {}
    packed: Any = (whole.get("data") if kind == "Secret" else whole.get("binaryData")) or {}
    texts = {key: text for key, text in plain.items() if isinstance(text, str)}
    for key, text in packed.items():
        name, unpacked = _unpacked(str(key), str(text))
        texts.setdefault(name, unpacked)
    for key in (*_KEYS, *sorted(texts)):
        if key in texts and key.endswith((".yaml", ".yml")):
            found = parse_document(texts[key], "")
            if "route" in found:
                return found
    raise ConfigError(
        "",
        "",
        f"is a {kind} without an Alertmanager's configuration; pass the file that is in it",
    )


def _unpacked(key: str, text: str) -> tuple[str, str]:
    """Name and text of one value, which is base64 and perhaps gzip."""
    try:
        data = base64.b64decode(text)
        if key.endswith(".gz"):
            data = zlib.decompressobj(wbits=31).decompress(data, _MANY)
        return key.removesuffix(".gz"), data.decode()
    except (binascii.Error, zlib.error, ValueError):
        return key, ""
