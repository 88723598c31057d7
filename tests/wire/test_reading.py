"""Files that people name are read without harm, whatever they are (G8)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from alarminati.channels.port import BadSettings
from alarminati.channels.table import configure
from alarminati.cli.options.settings import new_settings
from alarminati.config import ConfigError, load
from alarminati.pki.folder import load_authority
from alarminati.pki.reading import read_pem
from alarminati.wire.credentials import Tls, TlsError
from alarminati.wire.reading import BadFile, read_file
from tests.vendors.certificates import server_tls

BASE = "name: a\ntls: {mode: insecure}\ndata: ./data\n"
HOOK = {"url": "https://hooks.example/x"}


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.mkdir()


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


def a_huge_file(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def nothing(path: Path) -> None:
    pass


ODD: dict[Callable[[Path], None], str] = {
    a_pipe: "it is a pipe; name a regular file",
    a_folder: "it is a folder; name a regular file",
    a_device: "it is a device; name a regular file",
    a_socket: "it is a socket; name a regular file",
    a_huge_file: "it is larger than",
    nothing: "No such file or directory",
}
odd = pytest.mark.parametrize(("make", "words"), ODD.items(), ids=[one.__name__ for one in ODD])


@odd
def test_what_is_no_regular_file_is_refused_at_once(
    make: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    make(path := tmp_path / "x")
    began = time.monotonic()
    with pytest.raises(BadFile, match=words):
        read_file(path, 1000)
    assert time.monotonic() - began < 1


@odd
@pytest.mark.parametrize(
    "key",
    [
        "channels: [{name: t, type: webhook, url: 'file:x'}]",
        "channels: [{name: t, type: webhook, url: 'http://h/', ca: x}]",
        "channels: [{name: t, type: webhook, url: 'http://h/', ca: 'file:x'}]",
        "channels: [{name: t, type: slack, url: 'http://h/', template: 'file:x'}]",
        "sources: [{name: s, token: 'file:x'}]",
        "cluster_key: 'file:x'",
    ],
)
def test_every_key_that_names_a_file_says_so_in_a_sentence(
    key: str, make: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    make(tmp_path / "x")
    (tmp_path / "a.yaml").write_text(BASE + key)
    began = time.monotonic()
    with pytest.raises(ConfigError, match=words) as caught:
        load(tmp_path / "a.yaml", {}, {})
    assert str(tmp_path / "x") in str(caught.value)
    assert time.monotonic() - began < 2


@odd
def test_so_do_certificates_and_keys(
    make: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    server_tls(tmp_path)
    good, key = tmp_path / "ca.crt", tmp_path / "tls.key"
    make(bad := tmp_path / "x")
    for files in ((bad, good, key), (good, bad, key), (good, good, bad)):
        with pytest.raises(TlsError, match=words):
            Tls.load_files(*files)
    (folder := tmp_path / "authority").mkdir()
    make(folder / "ca.crt")
    with pytest.raises(Exception, match=words if make is not nothing else "does not exist"):
        load_authority(folder)


def test_the_configuration_itself_may_come_from_a_command_but_must_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(pipe := tmp_path / "a.yaml")
    writer = threading.Thread(target=pipe.write_text, args=(BASE,))
    writer.start()
    assert load(pipe, {}, {}).name == "a"
    writer.join()
    monkeypatch.setattr("alarminati.wire.reading.PATIENCE", 0.2)
    with pytest.raises(ConfigError, match=r"it is a pipe that did not end within 0\.2 s"):
        load(pipe, {}, {})


def test_a_pipe_that_does_not_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarminati.wire.reading.PATIENCE", 0.2)
    os.mkfifo(pipe := tmp_path / "a.yaml")
    held = os.open(pipe, os.O_RDWR)
    try:
        with pytest.raises(BadFile, match=r"did not end within 0\.2 s"):
            read_file(pipe, 1000, pipes=True)
        os.write(held, b"x" * 2000)
        with pytest.raises(BadFile, match="larger than 1000"):
            read_file(pipe, 1000, pipes=True)
    finally:
        os.close(held)


def test_ca_of_the_file_is_a_path_beside_it_or_the_text(tmp_path: Path) -> None:
    server_tls(tmp_path)
    text = (tmp_path / "ca.crt").read_text()
    given = [
        ("ca.crt", {}),
        (str(tmp_path / "ca.crt"), {}),
        ("file:ca.crt", {}),
        ("env:CA", {"CA": text}),
        ("env:CA", {"CA": str(tmp_path / "ca.crt")}),
        (text.replace("\n", "\\n"), {}),
    ]
    for ca, environ in given:
        channel = f'channels: [{{name: t, type: webhook, url: "https://h/", ca: "{ca}"}}]'
        (tmp_path / "a.yaml").write_text(BASE + channel)
        looked_at: list[Path] = []
        config = load(tmp_path / "a.yaml", environ, {}, looked_at)
        made = configure("t", "webhook", config.channels[0].settings)
        assert read_pem(made.settings.ca.encode(), "ca")
        inline = ca.startswith("-") or environ == {"CA": text}
        assert ((tmp_path / "ca.crt") in looked_at) is not inline


@pytest.mark.parametrize("type_", ["webhook", "slack", "discord", "teams", "googlechat"])
def test_ca_of_a_registered_channel_is_never_a_path(type_: str, tmp_path: Path) -> None:
    server_tls(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    said = set()
    for ca in ("ca.crt", "pipe", "none", "../" + tmp_path.name + "/ca.crt"):
        with pytest.raises(BadSettings) as caught:
            configure("t", type_, HOOK | {"ca": str(tmp_path / ca)})
        said.add(str(caught.value))
    assert said == {
        "ca: must be the certificates themselves, PEM from -----BEGIN CERTIFICATE----- on"
    }
    damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    with pytest.raises(BadSettings, match="ca: holds a certificate that cannot be read"):
        configure("t", type_, HOOK | {"ca": damaged})
    assert configure("t", type_, HOOK | {"ca": (tmp_path / "ca.crt").read_text()}).settings.ca


def test_the_command_line_reads_the_file_that_its_user_names(tmp_path: Path) -> None:
    server_tls(tmp_path)
    settings = new_settings("webhook", (f"ca={tmp_path / 'ca.crt'}",), None)
    assert "BEGIN CERTIFICATE" in settings["ca"]
    with pytest.raises(Exception, match="No such file"):
        new_settings("webhook", (f"ca={tmp_path / 'none'}",), None)


@pytest.mark.parametrize("text", ["{{ message }}", "{% if by %}{{ by }}{% endif %}"])
def test_a_template_on_the_command_line_is_text(text: str) -> None:
    assert new_settings("webhook", (f"template={text}",), None) == {"template": text}


def test_check_config_of_a_folder_full_of_pipes_ends(tmp_path: Path) -> None:
    for name in ("ca.crt", "tls.crt", "tls.key"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "a.yaml").write_text(f"name: a\ntls: {tmp_path}\n")
    done = subprocess.run(
        [sys.executable, "-m", "alarminati", "config", "check", str(tmp_path / "a.yaml")],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "it is a pipe; name a regular file" in done.stdout
