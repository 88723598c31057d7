"""`alarminati pki kubernetes` against an API server over real TLS: it creates and never changes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from alarminati.cli.main import main
from alarminati.pki.authority import Authority, PkiError
from alarminati.pki.kubernetes import Api, Fate, Metadata, Wanted, ensure, ensure_cluster_key
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role
from alarminati.wire.sealing import Seal
from tests.pki.api_server import NAMESPACE, TOKEN, ApiServer, serving

NOW = datetime.now(UTC)
METADATA = Metadata({"app": "a"}, {"argocd.argoproj.io/sync-options": "Prune=false"})


def wanted(cluster: str = "seoul-1", days: int = 825) -> Wanted:
    """What the chart asks for."""
    return Wanted("tls-ca", "tls", cluster, "agent", ("alarminati-agent",), days, METADATA)


def opaque(**files: bytes) -> dict[str, Any]:
    """A Secret as the API server keeps it; underscores stand for dots."""
    data = {name.replace("_", "."): base64.b64encode(text).decode() for name, text in files.items()}
    return {"kind": "Secret", "data": data}


@pytest.fixture
def server() -> ApiServer:
    """An API server with nothing in it."""
    return ApiServer()


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """Folder of the service account."""
    folder = tmp_path / "account"
    folder.mkdir()
    return folder


@pytest.fixture
def port(server: ApiServer, account: Path) -> Iterator[int]:
    """Where it listens."""
    with serving(server, account) as port:
        yield port


@pytest.fixture
def api(port: int, account: Path) -> Api:
    """The client under test."""
    return Api("127.0.0.1", port, account)


def test_what_is_missing_is_created_and_agents_can_use_it(
    server: ApiServer, api: Api, tmp_path: Path
) -> None:
    outcome = ensure(api, wanted())
    assert (outcome.authority, outcome.agents) == (Fate.CREATED, Fate.CREATED)
    assert sorted(server.secrets) == ["tls", "tls-ca"]
    tls, ca = server.secrets["tls"], server.secrets["tls-ca"]
    assert tls["type"] == "kubernetes.io/tls"
    for one in (tls, ca):
        assert one["metadata"]["labels"] == METADATA.labels
        assert one["metadata"]["annotations"] == METADATA.annotations
    for name, text in tls["data"].items():
        (tmp_path / name).write_bytes(base64.b64decode(text))
    loaded = Tls.load(tmp_path)
    loaded.require_agent("seoul-1")
    assert sorted(tls["data"]) == ["ca.crt", "tls.crt", "tls.key"]  # not ca.key
    assert ca["data"]["ca.crt"] == tls["data"]["ca.crt"]


def test_a_second_run_changes_nothing(server: ApiServer, api: Api) -> None:
    ensure(api, wanted())
    before = deepcopy(server.secrets)
    server.requests.clear()
    outcome = ensure(api, wanted())
    assert (outcome.authority, outcome.agents) == (Fate.KEPT, Fate.KEPT)
    assert server.secrets == before
    assert {method for method, _ in server.requests} == {"GET"}


def test_a_deleted_certificate_comes_anew_from_the_same_authority(
    server: ApiServer, api: Api
) -> None:
    ensure(api, wanted())
    old = server.secrets.pop("tls")
    outcome = ensure(api, wanted())
    assert (outcome.authority, outcome.agents) == (Fate.KEPT, Fate.CREATED)
    new = server.secrets["tls"]["data"]
    assert new["ca.crt"] == old["data"]["ca.crt"]
    assert new["tls.crt"] != old["data"]["tls.crt"]


def test_the_key_of_a_cluster_is_made_once(server: ApiServer, api: Api) -> None:
    server.may_get |= {"key", "bad"}
    assert ensure_cluster_key(api, "key", METADATA) is Fate.CREATED
    made = deepcopy(server.secrets["key"])
    Seal([base64.b64decode(made["data"]["cluster.key"]).decode()])
    assert ensure_cluster_key(api, "key", Metadata()) is Fate.KEPT
    assert server.secrets["key"] == made
    server.secrets["bad"] = {"data": {"cluster.key": base64.b64encode(b"canary").decode()}}
    with pytest.raises(PkiError, match="is no key of 32 bytes") as caught:
        ensure_cluster_key(api, "bad", Metadata())
    assert "canary" not in str(caught.value)


def test_the_authority_may_be_locked_away(server: ApiServer, api: Api) -> None:
    ensure(api, wanted())
    del server.secrets["tls-ca"]
    assert ensure(api, wanted()).agents is Fate.KEPT
    assert "tls-ca" not in server.secrets


def test_who_was_quicker_is_kept(server: ApiServer, api: Api) -> None:
    rival = Authority.create("seoul-1")
    server.rivals["tls-ca"] = opaque(ca_crt=rival.certificate, ca_key=rival.key)
    assert ensure(api, wanted()).authority is Fate.KEPT
    signed = base64.b64decode(server.secrets["tls"]["data"]["ca.crt"])
    assert signed == rival.certificate
    issued = rival.issue(Role.AGENT, "other", days=9)
    del server.secrets["tls"]
    server.rivals["tls"] = opaque(ca_crt=issued.ca, tls_crt=issued.certificate, tls_key=issued.key)
    outcome = ensure(api, wanted())
    assert outcome.agents is Fate.KEPT
    assert outcome.ends_soon(NOW)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda server: server.may_get.clear(), "may not read Secret tls in namespace alarms"),
        (lambda server: setattr(server, "may_create", False), "may not create Secret tls-ca"),
        (lambda server: server.namespaces.clear(), "may not read"),
        (lambda server: setattr(server, "failing", 500), "the API server answered 500"),
        (lambda server: server.secrets.update(tls=opaque(ca_crt=b"x")), "lacks tls.crt"),
        (
            lambda server: server.secrets.update(
                tls=opaque(ca_crt=b"x", tls_crt=b"x", tls_key=b"x")
            ),
            "tls.crt of Secret tls is not a certificate",
        ),
        (lambda server: server.secrets.update({"tls-ca": opaque(ca_crt=b"x")}), "lacks ca.key"),
    ],
)
def test_troubles_are_one_sentence_without_a_secret(
    server: ApiServer, api: Api, change: Any, said: str
) -> None:
    change(server)
    before = deepcopy(server.secrets)
    with pytest.raises(PkiError) as caught:
        ensure(api, wanted())
    assert said in str(caught.value)
    assert TOKEN not in repr(caught.value)
    assert server.secrets == before


def test_what_agents_could_not_start_with_is_refused_before_they_do(
    server: ApiServer, api: Api
) -> None:
    ensure(api, wanted())
    with pytest.raises(PkiError, match="for cluster 'seoul-1', not 'tokyo-1'; keep the cluster's"):
        ensure(api, wanted("tokyo-1"))
    with pytest.raises(PkiError, match="ended on"):
        ensure(api, wanted(), now=NOW + timedelta(days=900))
    del server.secrets["tls"]
    with pytest.raises(PkiError, match="tls-ca is an authority for cluster 'seoul-1'"):
        ensure(api, wanted("tokyo-1"))
    viewer = Authority.create().issue(Role.VIEWER, "eve", days=9)
    server.secrets["tls"] = opaque(ca_crt=viewer.ca, tls_crt=viewer.certificate, tls_key=viewer.key)
    with pytest.raises(PkiError, match="is not an agent's"):
        ensure(api, wanted())


def test_an_api_server_of_another_authority_hears_no_token(
    server: ApiServer, port: int, account: Path
) -> None:
    (account / "ca.crt").write_bytes(Authority.create().certificate)
    with pytest.raises(PkiError, match="is not to be trusted") as caught:
        ensure(Api("127.0.0.1", port, account), wanted())
    assert server.requests == []
    assert TOKEN not in str(caught.value)


def test_a_token_that_cannot_be_sent_is_not_shown(port: int, account: Path) -> None:
    (account / "token").write_text(f"{TOKEN}\nand more")
    with pytest.raises(PkiError, match="token cannot be sent") as caught:
        ensure(Api("127.0.0.1", port, account), wanted())
    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__


def test_without_a_service_account_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(PkiError, match="needs a service account whose token is mounted"):
        Api("127.0.0.1", 1, tmp_path)
    with pytest.raises(PkiError, match="KUBERNETES_SERVICE_HOST is not set"):
        Api.of_pod({}, tmp_path, "")


def test_the_command(port: int, account: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
    words = ["pki", "kubernetes", "--secret", "tls", "--service-account", str(account)]
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        assert main([*words, "--cluster", "seoul-1", "--json"]) == 0
        assert main([*words, "--cluster", "seoul-1", "--namespace", NAMESPACE]) == 0
        assert main([*words, "--cluster", "tokyo-1"]) == 1
    first, second = out.getvalue().splitlines()
    assert json.loads(first)["agents"] == {"secret": "tls", "outcome": "created"}
    assert second.startswith("authority tls-ca: kept; agents tls: kept, good until 20")
    assert err.getvalue().count("\n") == 1
    assert TOKEN not in out.getvalue() + err.getvalue()
