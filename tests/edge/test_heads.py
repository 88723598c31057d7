"""What a head may ask for: another protocol is ignored, what RFC 9112 forbids is refused."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from tests.edge.client import Client
from tests.edge.conftest import World

SMALL = b'{"message":"m"}'
JAVA = (
    b"POST /v1/alarms HTTP/1.1\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\n"
    b"Content-Length: 15\r\n"
    b"Host: 127.0.0.1:8080\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
    b"Upgrade: h2c\r\n"
    b"User-Agent: Java-http-client/17.0.15\r\n"
    b"Content-Type: application/json\r\n\r\n" + SMALL
)
"""What java.net.http.HttpClient sends, all by default."""

POSTER = """
import java.net.URI;
import java.net.http.*;
public class Poster {
  public static void main(String[] args) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    HttpRequest request = HttpRequest.newBuilder(URI.create(args[0]))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString("{\\"message\\":\\"from java\\"}")).build();
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      System.out.println(answer.statusCode() + " " + answer.version());
    }
  }
}
"""


def asking(protocol: bytes, body: bytes = SMALL, more: bytes = b"", chunked: bool = False) -> bytes:
    framing = b"content-length: %d\r\n" % len(body)
    if chunked:
        framing = b"transfer-encoding: chunked\r\n"
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    return (
        b"POST /v1/alarms HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        b"connection: upgrade\r\nupgrade: " + protocol + b"\r\n" + framing + more + b"\r\n" + body
    )


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"TLS/1.0", b"IRC/6.9, h2c"])
@pytest.mark.parametrize("chunked", [False, True])
async def test_an_upgrade_is_ignored_and_the_body_read(
    world: World, protocol: bytes, chunked: bool
) -> None:
    """RFC 9110 section 7.8: the answer is HTTP/1.1's, and so is what follows."""
    client = await world.client()
    client.writer.write(asking(protocol, chunked=chunked) * 3)
    for _ in range(3):
        assert (await client.reply()).status == 200
    assert [alarm.message for alarm in world.reception.alarms] == ["m"] * 3
    assert (await client.ask(SMALL)).status == 200


async def test_what_java_sends_by_default(world: World) -> None:
    client = await world.client()
    for byte in JAVA:  # in the smallest pieces there are
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    reply = await client.reply()
    assert (reply.status, reply.json()["replicas"]) == (200, 2)
    client.writer.write(JAVA)
    assert (await client.reply()).status == 200


async def test_an_upgrade_with_expect(world: World) -> None:
    client = await world.client()
    whole = asking(b"h2c", more=b"expect: 100-continue\r\n")
    client.writer.write(whole[: -len(SMALL)])
    assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.writer.write(SMALL)
    assert (await client.reply()).status == 200


async def test_an_upgrade_without_a_body(world: World) -> None:
    client = await world.client()
    ask = b"GET /h HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
    client.writer.write(ask * 300)
    for _ in range(300):
        assert (await client.reply()).body == b"1"


async def test_an_upgrade_changes_nothing_about_bounds(world: World) -> None:
    """G8: a body of such a request is bounded and counted as any other."""
    client = await world.client()
    client.writer.write(asking(b"h2c", b"x" * 5_000_000, chunked=True)[:4_900_000])
    assert (await client.reply()).status == 413
    client = await world.client()
    client.writer.write(asking(b"h2c", more=b"connection: close\r\n"))
    assert (await client.reply()).headers["connection"] == "close"
    assert await client.is_closed()
    assert world.servers[0]._door.held == 0


async def test_java_itself(world: World, tmp_path: Path) -> None:
    if shutil.which("java") is None:
        pytest.skip("NO JAVA HERE: what it sends is tried byte for byte above")
    server = await world.serve()
    source = tmp_path / "Poster.java"
    source.write_text(POSTER)
    java = await asyncio.create_subprocess_exec(
        "java",
        "-Xshare:auto",
        "-XX:TieredStopAtLevel=1",
        str(source),
        f"http://127.0.0.1:{server.port}/v1/alarms",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(java.communicate(), 60)
    if b"compiler" in said and java.returncode:
        pytest.skip(f"THE JAVA HERE CANNOT COMPILE: {said[:200]!r}")
    assert said.decode().splitlines() == ["200 HTTP_1_1"] * 2, said


async def test_curl_that_asks_for_http2(world: World) -> None:
    if shutil.which("curl") is None:
        pytest.skip("NO CURL HERE: what it sends is tried byte for byte above")
    server = await world.serve()
    curl = await asyncio.create_subprocess_exec(
        *("curl", "-sS", "--http2", "--noproxy", "*", "-d", SMALL.decode()),
        f"http://127.0.0.1:{server.port}/v1/alarms",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(curl.communicate(), 30)
    assert b'"replicas":2' in said


@pytest.mark.parametrize(
    ("head", "status", "said"),
    [
        (b"GET /h HTTP/1.1\r\n\r\n", 400, "the header Host is missing"),
        (b"GET /h HTTP/1.1\r\nhost: a\r\nHost: a\r\n\r\n", 400, "more than once"),
        (b"GET /h HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n", 400, "more than once"),
        (b"GET /h HTTP/1.1\r\nhost: a/b\r\n\r\n", 400, "not the name of a host"),
        (b"GET /h HTTP/1.1\r\nhost: a, b\r\n\r\n", 400, "not the name of a host"),
        (b"GET /h HTTP/1.1\r\nhost: u@a\r\n\r\n", 400, "not the name of a host"),
        (b"GET /h HTTP/2.0\r\nhost: a\r\n\r\n", 505, "use HTTP/1.1"),
        (b"GET /h HTTP/0.9\r\nhost: a\r\n\r\n", 505, "use HTTP/1.1"),
    ],
)
async def test_heads_that_are_not_allowed(
    world: World, head: bytes, status: int, said: str
) -> None:
    """RFC 9112 section 3.2: two proxies that read such a head differently would be played off."""
    client = await world.client()
    client.writer.write(head + SMALL)
    reply = await client.reply()
    assert reply.status == status
    assert said in reply.json()["error"]
    assert await client.is_closed()


@pytest.mark.parametrize(
    "head",
    [
        b"GET /h HTTP/1.0\r\n\r\n",
        b"GET /h HTTP/1.1\r\nhost:\r\n\r\n",
        b"GET /h HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n",
        b"GET /h HTTP/1.1\r\nhost: XN--p1b6ci4b4b3a.Example:80\r\n\r\n",
        b"GET http://there.example:1/h?x HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
async def test_heads_that_are(world: World, head: bytes) -> None:
    client = await world.client()
    client.writer.write(head)
    assert (await client.reply()).status == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/alarms/", 200),
        ("/v1/alarms/?min_replicas=1", 200),
        ("//v1/alarms", 404),
        ("/v1//alarms", 404),
        ("/v1/alarms//", 404),
        ("/v1%2falarms", 404),
        ("/%76%31/alarms", 404),
        ("/x/../v1/alarms", 404),
        ("/v1/alarms;x=y", 404),
        ("/V1/Alarms", 404),
    ],
)
async def test_a_path_is_looked_up_as_it_is_sent(world: World, path: str, status: int) -> None:
    """G7: a proxy that guards paths by their beginnings is not passed by."""
    reply = await (await world.client()).ask(SMALL, path)
    assert reply.status == status


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "GET", "DELETE"])
async def test_other_methods(world: World, method: str) -> None:
    reply = await (await world.client()).ask(method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


async def test_a_client_may_ask_for_everything_there_is(world: World) -> None:
    client: Client = await world.client()
    assert (await client.ask(path="*", method="OPTIONS")).status == 404
