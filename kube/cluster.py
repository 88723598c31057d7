"""A real Kubernetes API server with etcd; the parts of controllers and kubelets are played here.

Admission, RBAC, field validation and Pod Security are the real ones. There is no node: what a Job
would run in its pod is run as a process, with the service account's own token.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.identity import Role

ADMIN = "admin-token"
PATIENCE = 60.0  # seconds for a server to start

Object = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """Status, body and warnings of one request."""

    status: int
    body: Object
    warnings: list[str]


class Cluster:
    """The API server, asked as its administrator."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.kubeconfig = folder / "kubeconfig"
        self._tls = ssl.create_default_context(cafile=str(folder / "ca.crt"))
        self.kubeconfig.write_text(yaml.safe_dump(self._config()))

    def _config(self) -> Object:
        server = f"https://127.0.0.1:{self.port}"
        where = {"server": server, "certificate-authority": str(self.folder / "ca.crt")}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": where}],
            "users": [{"name": "u", "user": {"token": ADMIN}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """One request."""
        connection = HTTPSConnection("127.0.0.1", self.port, timeout=20, context=self._tls)
        headers = {"Authorization": f"Bearer {ADMIN}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            text = response.read()
            warnings = response.headers.get_all("Warning") or []
            body = json.loads(text) if text.startswith(b"{") else {"text": text.decode()}
            return Answer(response.status, body, warnings)
        finally:
            connection.close()

    def get(self, path: str) -> Object:
        """What is there; it must be."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.body

    def names(self, path: str) -> list[str]:
        """Names of what a collection holds."""
        return sorted(item["metadata"]["name"] for item in self.get(path)["items"])

    def make_namespace(self, name: str) -> None:
        """One in which only pods that Pod Security "restricted" allows may be."""
        labels = {
            f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")
        }
        body = {"metadata": {"name": name, "labels": labels}}
        assert self.ask("POST", "/api/v1/namespaces", body).status == 201
        account = {"metadata": {"name": "default"}}  # a controller would make it
        path = f"/api/v1/namespaces/{name}/serviceaccounts"
        assert self.ask("POST", path, account).status == 201


class Node:
    """Plays the Job controller and the kubelet for Jobs of one namespace."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace
        self.jobs = f"/apis/batch/v1/namespaces/{namespace}/jobs"
        self.said: list[tuple[int, str]] = []  # how Jobs ended
        self._done: set[str] = set()

    def during(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Run what Jobs ask for until the process ends; its exit code and output."""
        deadline = time.monotonic() + 90
        while process.poll() is None and time.monotonic() < deadline:
            for job in self.cluster.get(self.jobs)["items"]:
                if job["metadata"]["uid"] not in self._done:
                    self._done.add(job["metadata"]["uid"])
                    self._run(job)
            time.sleep(0.05)
        if process.poll() is None:
            process.kill()
        said, _ = process.communicate(timeout=20)
        return process.returncode, said

    def _run(self, job: Object) -> None:
        template = job["spec"]["template"]
        self.admit(template)
        spec = template["spec"]
        arguments = spec["containers"][0]["args"]
        account = str(self._account(spec["serviceAccountName"]))
        ended = subprocess.run(
            [sys.executable, "-m", "alarminati", *arguments, "--service-account", account],
            env={
                "KUBERNETES_SERVICE_HOST": "127.0.0.1",
                "KUBERNETES_SERVICE_PORT": str(self.cluster.port),
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.said.append((ended.returncode, ended.stdout + ended.stderr))
        self._finish(job, ended.returncode == 0)

    def admit(self, template: Object) -> None:
        """Fail unless the API server would take a pod of this template, without a warning."""
        labels = template["metadata"]["labels"]
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"]}
        pod["metadata"] = {"name": "x", "labels": labels}
        path = f"/api/v1/namespaces/{self.namespace}/pods?dryRun=All&fieldValidation=Strict"
        answer = self.cluster.ask("POST", path, pod)
        assert (answer.status, answer.warnings) == (201, []), answer

    def _account(self, name: str) -> Path:
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/{name}/token"
        answer = self.cluster.ask("POST", path, {"spec": {}})
        assert answer.status == 201, answer.body
        folder = self.cluster.folder / f"account-{self.namespace}"
        folder.mkdir(exist_ok=True)
        (folder / "token").write_text(answer.body["status"]["token"])
        (folder / "namespace").write_text(self.namespace)
        (folder / "ca.crt").write_bytes((self.cluster.folder / "ca.crt").read_bytes())
        return folder

    def _finish(self, job: Object, well: bool) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        kinds = ("SuccessCriteriaMet", "Complete") if well else ("FailureTarget", "Failed")
        conditions = [
            {"type": kind, "status": "True", "lastTransitionTime": now, "lastProbeTime": now}
            for kind in kinds
        ]
        status: Object = {"startTime": now, "conditions": conditions}
        status |= {"succeeded": 1, "completionTime": now} if well else {"failed": 1}
        path = f"{self.jobs}/{job['metadata']['name']}/status"
        answer = self.cluster.ask("PUT", path, job | {"status": status})
        assert answer.status == 200, answer.body


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def await_(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server is ready."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if ready():
                return
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.1)
    raise AssertionError(f"{log.name}: {log.read_text()[-3000:]}")


@contextmanager
def server(
    folder: Path, program: str, *flags: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Run a server within the block."""
    log = folder / (Path(program).name + ".log")
    with log.open("wb") as file:
        process = subprocess.Popen([program, *flags], stdout=file, stderr=file, cwd=folder)
    try:
        yield process, log
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def running(etcd: str, apiserver: str, folder: Path) -> Iterator[Cluster]:
    """A cluster within the block."""
    save_issued(Authority.create().issue(Role.AGENT, "api", hosts=["127.0.0.1"], days=1), folder)
    (folder / "tokens.csv").write_text(f'{ADMIN},admin,1,"system:masters"\n')
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "sa.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    client, peer, port = free_ports(3)
    urls = (f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}")
    with server(
        folder,
        etcd,
        *("--data-dir", "etcd", "--unsafe-no-fsync", "--log-level", "error"),
        *("--listen-client-urls", urls[0], "--advertise-client-urls", urls[0]),
        *("--listen-peer-urls", urls[1], "--initial-advertise-peer-urls", urls[1]),
        *("--initial-cluster", f"default={urls[1]}"),
    ), server(
        folder,
        apiserver,
        *("--etcd-servers", urls[0], "--secure-port", str(port), "--bind-address", "127.0.0.1"),
        *("--tls-cert-file", "tls.crt", "--tls-private-key-file", "tls.key"),
        *("--token-auth-file", "tokens.csv", "--authorization-mode", "RBAC"),
        *("--service-account-issuer", "https://kubernetes.default.svc"),
        *("--service-account-key-file", "sa.key", "--service-account-signing-key-file", "sa.key"),
        *("--service-cluster-ip-range", "10.0.0.0/24"),
    ) as (process, log):  # fmt: skip
        cluster = Cluster(folder, port)
        await_(lambda: cluster.ask("GET", "/readyz").status == 200, process, log)
        yield cluster
