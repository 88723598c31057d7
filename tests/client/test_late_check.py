"""A cache whose file is read whole after it was opened, for who wants its records at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from alarminati.client import Cache
from alarminati.client.errors import Rebuilt
from tests.client.test_cache import keep, unrolled
from tests.support.damage import damage_index


@pytest.mark.parametrize("check", [True, False])
def test_damage_is_found_at_the_opening_or_when_it_is_checked(tmp_path: Path, check: bool) -> None:
    path = tmp_path / "d.db"
    with Cache(path) as cache:
        assert cache.take() and cache.check() == ""
        cache.resume()
        keep(cache, *(unrolled(n) for n in range(1, 301)))
    damage_index(path, "sqlite_autoindex_records_1")
    with Cache(path, check=check) as cache:
        assert cache.take()
        if not check:
            assert cache.resume() == {"aaaaaaaa": 300} and len(cache.after(0)) == 300
            assert cache.check() and not cache.check(), "once"
            assert cache.set_aside is None, "the next use does it"
            with pytest.raises(Rebuilt):
                keep(cache, unrolled(301))
        assert cache.resume() == {} and cache.set_aside == path.with_suffix(".damaged")
        assert len(keep(cache, unrolled(1))) == 1 and cache.check() == ""
