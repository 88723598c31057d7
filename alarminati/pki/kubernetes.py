"""Certificates for a cluster in Kubernetes: an authority and the agents' certificate as Secrets.

Existing Secrets are never changed: a second run finds both and leaves them alone, so upgrades keep
every certificate that people hold. The API server is called with the service account of the pod
and the standard library alone; the three kinds of request need no more than `get` on the two names
and `create`.
"""

from __future__ import annotations

import base64
import binascii
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final

from alarminati.pki.authority import Authority, PkiError
from alarminati.pki.folder import AUTHORITY_FILES, ISSUED_FILES
from alarminati.pki.reading import CertificateInfo, read_pem
from alarminati.wire.identity import Role
from alarminati.wire.reaching import connect
from alarminati.wire.sealing import CLUSTER_KEY, Seal, new_key

PATIENCE: Final = 10.0  # seconds for one request; the Job that runs us tries again
ANSWER_LIMIT: Final = 4 * 2**20  # bytes; a Secret is at most 1 MiB
SOON: Final = timedelta(days=60)  # a certificate that expires before that is reported

Files = Mapping[str, bytes]


class Fate(StrEnum):
    """Result for one Secret."""

    CREATED = "created"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Secrets after a run."""

    authority: Fate
    agents: Fate
    not_after: datetime  # expiry of the agents' certificate

    def ends_soon(self, now: datetime) -> bool:
        """Return whether the agents' certificate is due for renewal."""
        return self.not_after - now < SOON


@dataclass(frozen=True, slots=True)
class Metadata:
    """Metadata of every Secret that is created."""

    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Secrets that have to exist."""

    authority: str  # name of the authority's Secret
    agents: str  # name of the Secret that the agents mount
    cluster: str  # empty: valid in any cluster
    name: str  # name in the agents' certificate
    hosts: Sequence[str]  # hosts at which clients reach agents
    days: int
    metadata: Metadata  # of both Secrets


class Api:
    """Client of the API server for the Secrets of one namespace."""

    def __init__(self, host: str, port: int, account: Path, namespace: str = "") -> None:
        """Read token, ca.crt and namespace in the folder `account`. Raises PkiError."""
        self.namespace = namespace or _read(account / "namespace").strip()
        self._token = _read(account / "token").strip()
        self._host, self._port = host, port
        try:
            self._tls = ssl.create_default_context(cafile=str(account / "ca.crt"))
        except (OSError, ssl.SSLError):
            raise PkiError(f"{account / 'ca.crt'} is not the API server's authority") from None

    @classmethod
    def of_pod(cls, environ: Mapping[str, str], account: Path, namespace: str) -> Api:
        """Return the API server that Kubernetes names to every container. Raises PkiError."""
        host = environ.get("KUBERNETES_SERVICE_HOST", "")
        port = environ.get("KUBERNETES_SERVICE_PORT", "443")
        if not host or not port.isdecimal():
            raise PkiError(
                "KUBERNETES_SERVICE_HOST is not set: this command runs in a pod; elsewhere make"
                " certificates with `alarminati pki init` and `pki issue`"
            )
        return cls(host, int(port), account, namespace)

    def secret(self, name: str) -> Files | None:
        """Return the content of a Secret; None when there is none. Raises PkiError."""
        status, answer = self._ask("GET", f"/{name}")
        if status == 404:
            return None
        if status != 200:
            raise self._refused("read", name, status)
        try:
            data = answer.get("data") or {}
            return {key: base64.b64decode(text, validate=True) for key, text in data.items()}
        except (AttributeError, TypeError, binascii.Error):
            raise PkiError(f"the API server's answer about Secret {name} makes no sense") from None

    def create(self, name: str, kind: str, files: Files, metadata: Metadata) -> bool:
        """Create a Secret; return False when there is one already. Raises PkiError."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "labels": dict(metadata.labels),
                "annotations": dict(metadata.annotations),
            },
            "type": kind,
            "data": {key: base64.b64encode(files[key]).decode() for key in sorted(files)},
        }
        status, answer = self._ask("POST", "", body)
        # 409 has other reasons as well, such as a namespace that is going away.
        if status == 409 and answer.get("reason") == "AlreadyExists":
            return False
        if status not in (200, 201):
            raise self._refused("create", name, status)
        return True

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        connection = HTTPSConnection(self._host, self._port, timeout=PATIENCE, context=self._tls)
        connection.sock = self._connected()
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        url = f"/api/v1/namespaces/{self.namespace}/secrets{path}"
        try:
            connection.request(method, url, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            text = response.read(ANSWER_LIMIT)
        except (OSError, HTTPException, ValueError) as error:
            # without the cause: a header that cannot be sent would be quoted, token and all
            raise self._unasked(error) from None
        finally:
            connection.close()
        return response.status, _object(text)

    def _connected(self) -> ssl.SSLSocket:
        """Return a connection with TLS. Raises PkiError."""
        try:
            line = connect(self._host, int(self._port), PATIENCE)
            try:
                return self._tls.wrap_socket(line, server_hostname=self._host)
            except BaseException:
                line.close()
                raise
        except (OSError, ValueError) as error:
            raise self._unasked(error) from None

    def _unasked(self, error: Exception) -> PkiError:
        match error:
            case ssl.SSLCertVerificationError():
                why = f"its certificate is not to be trusted: {error.verify_message}"
            case TimeoutError():
                why = "it does not answer; is a NetworkPolicy in the way?"
            case OSError(strerror=str(words)):
                why = f"{words}; is a NetworkPolicy in the way?"
            case ValueError():
                why = "the service account's token cannot be sent; is it damaged?"
            case _:
                why = "it answered something that is not HTTP"
        return PkiError(f"the API server at {self._host}:{self._port} cannot be asked: {why}")

    def _refused(self, verb: str, name: str, status: int) -> PkiError:
        where = f"Secret {name} in namespace {self.namespace}"
        if status in (401, 403):
            return PkiError(
                f"the service account may not {verb} {where} ({status}); give it a Role that"
                " allows get and create of Secrets"
            )
        if status == 404:
            return PkiError(f"cannot {verb} {where}: there is no such namespace")
        return PkiError(f"cannot {verb} {where}: the API server answered {status}")


def ensure(api: Api, wanted: Wanted, now: datetime | None = None) -> Outcome:
    """Create the missing Secrets; check and keep existing ones. Raises PkiError."""
    now = now or datetime.now(UTC)
    found = api.secret(wanted.agents)
    if found is not None:
        # Nothing is issued, so a missing authority is no fault: it may be kept elsewhere on
        # purpose.
        return Outcome(Fate.KEPT, Fate.KEPT, _checked(found, wanted, now))
    authority, fate = _authority(api, wanted)
    issued = authority.issue(
        Role.AGENT, wanted.name, wanted.cluster, wanted.hosts, days=wanted.days, now=now
    )
    files = dict(zip(ISSUED_FILES, (issued.ca, issued.certificate, issued.key), strict=True))
    if api.create(wanted.agents, "kubernetes.io/tls", files, wanted.metadata):
        return Outcome(fate, Fate.CREATED, _checked(files, wanted, now))
    return Outcome(fate, Fate.KEPT, _checked(api.secret(wanted.agents) or {}, wanted, now))


def ensure_cluster_key(api: Api, secret: str, metadata: Metadata) -> Fate:
    """Create the Secret of the cluster's key, unless it is there. Raises PkiError."""
    found = api.secret(secret)
    if found is None:
        if api.create(secret, "Opaque", {CLUSTER_KEY: new_key().encode()}, metadata):
            return Fate.CREATED
        found = api.secret(secret) or {}  # another run was quicker: use its Secret
    try:
        Seal([_file(found, secret, CLUSTER_KEY).decode()])
    except ValueError:
        raise PkiError(
            f"{CLUSTER_KEY} in Secret {secret} is no key of 32 bytes in base64"
        ) from None
    return Fate.KEPT


def _authority(api: Api, wanted: Wanted) -> tuple[Authority, Fate]:
    found = api.secret(wanted.authority)
    if found is None:
        made = Authority.create(wanted.cluster)
        files = dict(zip(AUTHORITY_FILES, (made.certificate, made.key), strict=True))
        if api.create(wanted.authority, "Opaque", files, wanted.metadata):
            return made, Fate.CREATED
        found = api.secret(wanted.authority) or {}  # another run was quicker: use its Secret
    certificate, key = (_file(found, wanted.authority, name) for name in AUTHORITY_FILES)
    authority = Authority.load(certificate, key)
    if wanted.cluster and authority.cluster not in ("", wanted.cluster):
        raise PkiError(
            f"Secret {wanted.authority} is an authority for cluster {authority.cluster!r}, not"
            f" {wanted.cluster!r}; delete it to have a new one, or keep the cluster's name"
        )
    return authority, Fate.KEPT


def _checked(found: Files, wanted: Wanted, now: datetime) -> datetime:
    """Return the expiry of the agents' certificate. Raises PkiError if agents could not use it."""
    shown = _shown(found, wanted.agents)
    where = f"the certificate in Secret {wanted.agents}"
    renewal = "; delete that Secret and run this again to have a new one"
    for name in ISSUED_FILES:
        _file(found, wanted.agents, name)
    if shown.role != Role.AGENT:
        raise PkiError(f"{where} is not an agent's{renewal}")
    if wanted.cluster and shown.cluster not in ("", wanted.cluster):
        raise PkiError(
            f"{where} is for cluster {shown.cluster!r}, not {wanted.cluster!r}; keep the cluster's"
            f" name, or delete the Secrets {wanted.agents} and {wanted.authority} to start over"
        )
    if shown.not_after <= now:
        raise PkiError(f"{where} ended on {shown.not_after:%Y-%m-%d}{renewal}")
    return shown.not_after


def _shown(found: Files, secret: str) -> CertificateInfo:
    return read_pem(_file(found, secret, "tls.crt"), f"tls.crt of Secret {secret}")[0]


def _file(found: Files, secret: str, name: str) -> bytes:
    if not found.get(name):
        raise PkiError(f"Secret {secret} lacks {name}; delete it to have a new one made")
    return found[name]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        raise PkiError(
            f"{path} cannot be read: the pod needs a service account whose token is mounted"
        ) from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
