"""Which file holds the history of the cluster that a command talks to."""

from __future__ import annotations

import os
from pathlib import Path

from alarminati.cli.options.filters import cache_folder
from alarminati.cli.options.target import Target
from alarminati.core.model.filter import Filter


def cache_file(reach: Target, filter: Filter) -> tuple[Path, Filter]:
    """Return the file and the view that it holds; a cache of an earlier version is moved there.

    The app's history holds records of all types, so it serves in place of one that holds some.
    """
    from alarminati.client.cache import cache_path
    from alarminati.client.history import WHOLE, adopt, authority_of, data_folder, history_path

    cluster, ca = _identity(reach)
    earlier = cache_path(cache_folder(), reach.domain, filter)
    if not cluster:
        return earlier, filter
    folder = data_folder()
    if os.environ.get("ALARMINATI_CACHE") and not os.environ.get("ALARMINATI_DATA"):
        folder = cache_folder()
    authority = authority_of(ca)
    whole = history_path(folder, cluster, authority)
    if filter == Filter(types=filter.types) and whole.exists():
        return whole, WHOLE
    path = history_path(folder, cluster, authority, filter)
    adopt(earlier, path)
    return path, filter


def _identity(reach: Target) -> tuple[str, bytes]:
    """Return the name of the cluster and its authority; empty when they are not known."""
    from alarminati.wire.credentials import Tls

    if reach.tls is None:
        return "", b""
    tls = Tls.load(reach.tls)
    cluster = reach.profile.cluster if reach.profile is not None else tls.identity.cluster
    return cluster, tls.ca
