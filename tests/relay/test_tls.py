"""Only agents of the cluster's own authority pull."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alarminati.cli.main import main
from alarminati.config.queues import QueueConfig
from alarminati.config.refusal import ConfigError
from alarminati.config.relay import load_relay
from alarminati.queues.port import QueueLost
from alarminati.queues.relay import RelayQueue, open_queue
from alarminati.relay_server.app import Ports, run
from alarminati.wire.credentials import Tls
from tests.relay.stage import TOKEN, written
from tests.support.patience import until


def server_certificate(folder: Path) -> None:
    """Write cert.pem and key.pem of a server at 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def issued(folder: Path, authority: str, role: str, *more: str) -> Tls:
    """Return a certificate of an authority, which is made if it is absent."""
    ca, out = folder / authority, folder / f"{authority}-{role}"
    if not ca.exists():
        assert main(["pki", "init", "--out", str(ca)]) == 0
    options = ["--ca", str(ca), "--role", role, "--name", "a", "--out", str(out), *more]
    assert main(["pki", "issue", *options]) == 0
    return Tls.load(out)


async def pulled(port: int, own: Tls, ca: Path) -> list[bytes]:
    """Return the bodies that a certificate gets. Raises QueueLost."""
    config = QueueConfig(
        name="relay", type="relay", servers=(f"127.0.0.1:{port}",), tls=True, ca=ca
    )
    queue: RelayQueue = open_queue(config, own)
    try:
        await queue.open()
        return [message.body for message in await queue.fetch(10, 5)]
    finally:
        await queue.close()


async def test_g7_agents_of_the_authority_pull_and_nobody_else(tmp_path: Path) -> None:
    server_certificate(tmp_path)
    agent = issued(tmp_path, "ours", "agent", "--cluster", "seoul-1")
    other = issued(tmp_path, "ours", "reporter")
    stranger = issued(tmp_path, "theirs", "agent")
    config = written(tmp_path, more="pull: {cert: cert.pem, key: key.pem}\n")
    text = config.read_text().replace("    sources:", "    ca: ours/ca.crt\n    sources:")
    text = text.replace('0"}', '0", cert: cert.pem, key: key.pem}')
    config.write_text(text)
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    ports: list[Ports] = []
    task = asyncio.ensure_future(run(load_relay(config), lambda: done, ready=ports.append))
    await until("it is ready", lambda: ports or (task.done() and task.result()))
    context = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    reader, writer = await asyncio.open_connection("127.0.0.1", ports[0].http, ssl=context)
    writer.write(
        f"POST /w/{TOKEN} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n".encode()
        + b"content-length: 2\r\n\r\nhi"
    )
    assert b'{"id":"edge-1/1"}' in await reader.read()
    writer.close()
    port, ca = ports[0].pull["seoul-1"], tmp_path / "cert.pem"
    assert await pulled(port, agent, ca) == [b"hi"]
    with pytest.raises(QueueLost, match="only agents of seoul-1"):
        await pulled(port, other, ca)
    with pytest.raises(QueueLost, match="UNAVAILABLE"):
        await pulled(port, stranger, ca)
    with pytest.raises(QueueLost, match="UNAVAILABLE"):
        await pulled(port, agent, tmp_path / "ours" / "ca.crt")
    done.set_result(None)
    await task


def test_wrong_certificates_are_one_sentence(tmp_path: Path) -> None:
    server_certificate(tmp_path)
    config = written(tmp_path, more="pull: {cert: key.pem, key: cert.pem}\n")
    config.write_text(config.read_text().replace("    sources:", "    ca: none.pem\n    sources:"))
    with pytest.raises(ConfigError, match=r"pull: a certificate cannot be read"):
        asyncio.run(run(load_relay(config), asyncio.Future))
    config.write_text(config.read_text().replace("none.pem", "cert.pem"))
    with pytest.raises(ConfigError, match="not PEM"):
        asyncio.run(run(load_relay(config), asyncio.Future))
