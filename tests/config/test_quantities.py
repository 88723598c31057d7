"""Durations, sizes and addresses as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.config import Address, Duration, Size


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("15s", 15),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("30d", 2_592_000),
        ("2w", 1_209_600),
        ("0s", 0),
        (15, 15),
        (0.5, 0.5),
        ("15", 15),
    ],
)
def test_durations(value: object, seconds: float) -> None:
    assert Duration.read(value) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", ["", "s", "5 minutes", "-5s", "5x", "1h30", -1, True, None, [], float("nan")]
)
def test_what_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        Duration.read(value)


@given(st.integers(0, 10**9) | st.floats(0.001, 1000).map(lambda x: round(x, 3)))
def test_a_duration_reads_back(seconds: float) -> None:
    assert float(Duration.read(str(Duration(seconds)))) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("value", "size"),
    [("4MiB", 4 * 2**20), ("64kB", 64_000), ("1 GiB", 2**30), ("12", 12), (7, 7)],
)
def test_sizes(value: object, size: int) -> None:
    assert Size.read(value) == size


@pytest.mark.parametrize("value", ["", "x", "4XB", "4k", "-1", -1, 1.5, True, None])
def test_what_is_no_size(value: object) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        Size.read(value)


@given(st.integers(0, 2**40))
def test_a_size_reads_back(size: int) -> None:
    assert Size.read(str(Size(size))) == size


@pytest.mark.parametrize(
    ("text", "host", "port", "loopback"),
    [
        ("0.0.0.0:7443", "0.0.0.0", 7443, False),
        (":7443", "0.0.0.0", 7443, False),
        ("127.0.0.1:0", "127.0.0.1", 0, True),
        ("127.9.9.9:1", "127.9.9.9", 1, True),
        ("localhost:1", "localhost", 1, True),
        ("[::1]:65535", "::1", 65535, True),
        ("[::]:1", "::", 1, False),
        ("[fe80::1]:1", "fe80::1", 1, False),
        ("alarminati-agent-headless.ns.svc:7443", "alarminati-agent-headless.ns.svc", 7443, False),
    ],
)
def test_addresses(text: str, host: str, port: int, loopback: bool) -> None:
    address = Address.read(text)
    assert (address.host, address.port, address.is_loopback) == (host, port, loopback)
    assert Address.read(str(address)) == address


@pytest.mark.parametrize(
    "value",
    [
        *("", "host", "host:", "host:x", "host:65536", "host:-1", "::1:7443", "[::1]", "[x]:1"),
        *("a b:1", "http://host:1", "host:1/", "-a:1", "host:１", 7443, None, True),
    ],
)
def test_what_is_no_address(value: object) -> None:
    with pytest.raises(ValueError, match="is not HOST:PORT"):
        Address.read(value)
