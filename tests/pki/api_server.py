"""A Kubernetes API server as far as Secrets go: real TLS, tokens, rights, and its own answers.

Bodies are Status objects as the real one sends them:
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role

TOKEN = "eyJ.very-secret-token"
NAMESPACE = "alarms"


class ApiServer:
    """What is kept and what is allowed."""

    def __init__(self) -> None:
        self.secrets: dict[str, dict[str, Any]] = {}
        self.may_get: set[str] = {"tls", "tls-ca"}  # resourceNames of the Role
        self.may_create = True
        self.namespaces = {NAMESPACE}
        self.requests: list[tuple[str, str]] = []
        self.rivals: dict[str, dict[str, Any]] = {}  # appear just before they would be created
        self.failing = 0  # this status for everything, when not 0

    def answer(self, method: str, path: str, token: str, body: bytes) -> tuple[int, Any]:
        """Status and body for one request."""
        self.requests.append((method, path))
        if self.failing:
            return _status(self.failing, "InternalError")
        if token != f"Bearer {TOKEN}":
            return _status(401, "Unauthorized")
        match path.strip("/").split("/"):
            case ["api", "v1", "namespaces", namespace, "secrets"] if method == "POST":
                return self._create(namespace, json.loads(body))
            case ["api", "v1", "namespaces", namespace, "secrets", name] if method == "GET":
                return self._get(namespace, name)
        return _status(405, "MethodNotAllowed")

    def _get(self, namespace: str, name: str) -> tuple[int, Any]:
        if namespace not in self.namespaces or name not in self.may_get:
            return _status(403, "Forbidden")
        return (200, self.secrets[name]) if name in self.secrets else _status(404, "NotFound")

    def _create(self, namespace: str, secret: dict[str, Any]) -> tuple[int, Any]:
        if not self.may_create:
            return _status(403, "Forbidden")
        if namespace not in self.namespaces:
            return _status(404, "NotFound")
        assert (secret["apiVersion"], secret["kind"]) == ("v1", "Secret")
        if secret["type"] == "kubernetes.io/tls" and not {"tls.crt", "tls.key"} <= {
            *secret["data"]
        }:
            return _status(422, "Invalid")
        name = secret["metadata"]["name"]
        if name in self.rivals:
            self.secrets[name] = self.rivals.pop(name)
        if name in self.secrets:
            return _status(409, "AlreadyExists")
        self.secrets[name] = secret
        return 201, secret


def _status(code: int, reason: str) -> tuple[int, Any]:
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure",
                  "reason": reason, "code": code}  # fmt: skip


@contextmanager
def serving(server: ApiServer, folder: Path) -> Iterator[int]:
    """Serve it on a free port of loopback; `folder` becomes a service account's."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = self.headers.get("Authorization", "")
            code, answer = server.answer(self.command, self.path, token, body)
            text = json.dumps(answer).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    own = Authority.create().issue(Role.AGENT, "api", hosts=["127.0.0.1", "localhost"], days=1)
    save_issued(own, folder)
    (folder / "token").write_text(TOKEN + "\n")
    (folder / "namespace").write_text(NAMESPACE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield listening.server_address[1]
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
