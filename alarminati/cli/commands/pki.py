"""`alarminati pki`: make an authority, issue certificates, show what one is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import read_pairs
from alarminati.cli.output.terminal import json_option, print_json, translated
from alarminati.core.model.entries import Pairs
from alarminati.wire.identity import MEMBERS, Role

if TYPE_CHECKING:
    from alarminati.pki.reading import CertificateInfo

FOLDER = click.Path(file_okay=False, path_type=Path)


def _print(as_json: bool, said: dict[str, object], sentence: str) -> None:
    if as_json:
        print_json(said)
    else:
        click.echo(sentence)


@click.group()
def pki() -> None:
    """Certificates for agents and people.

    \b
    Example:
      alarminati pki init --out ca
      alarminati pki issue --ca ca --role agent --name a1 --out a1
      alarminati pki issue --ca ca --role operator --name jane --out jane
    """


@pki.command()
@click.option(
    "--out", required=True, type=FOLDER, help="Folder for ca.crt, ca.key and cluster.key."
)
@click.option("--cluster", default="", help="Issue for this cluster only. Default: for any.")
@click.option("--force", is_flag=True, help="Replace an authority that is there already.")
@json_option
def init(out: Path, cluster: str, force: bool, as_json: bool) -> None:
    """Make a certificate authority, and the key that the agents of a cluster share.

    Keep ca.key away from the agents: whoever has it can make operators. cluster.key is for them:
    `pki issue --role agent` copies it. One that is there is kept, even with --force.

    \b
    Example:
      alarminati pki init --out ca --cluster seoul-1
    """
    from alarminati.pki import cluster_key
    from alarminati.pki.authority import Authority
    from alarminati.pki.folder import save_authority

    save_authority(Authority.create(cluster), out, force=force)
    cluster_key.keep(out)
    said: dict[str, object] = {"folder": str(out), "cluster": cluster}
    told = translated("{folder}: an authority for {scope}", folder=out, scope=_scope(cluster))
    _print(as_json, said, told)


@pki.command()
@click.option("--ca", required=True, type=FOLDER, help="Folder that `pki init` made.")
@click.option(
    "--role",
    required=True,
    type=click.Choice([str(role) for role in MEMBERS]),
    help="What its owner may do; see above.",
)
@click.option("--name", required=True, help="Replica, program or person.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="Host name or address of an agent, repeatable. Default: this computer's and the name.",
)
@click.option("--cluster", default="", help="Good in this cluster only. Default: the authority's.")
@click.option("--out", required=True, type=FOLDER, help="Folder for ca.crt, tls.crt and tls.key.")
@click.option(
    "--days",
    default=825,
    type=click.IntRange(1, 36500),
    show_default=True,
    help="Lifetime.",
)
@click.option("--force", is_flag=True, help="Replace a certificate that is there already.")
@json_option
def issue(
    ca: Path,
    role: str,
    name: str,
    hosts: tuple[str, ...],
    cluster: str,
    out: Path,
    days: int,
    force: bool,
    as_json: bool,
) -> None:
    """Issue a certificate.

    agent: a replica, which gets a copy of cluster.key as well. reporter: hands alarms in. viewer:
    reads them. operator: all that people do.

    \b
    Example:
      alarminati pki issue --ca ca --role reporter --name shop --out shop-tls
    """
    from alarminati.pki import cluster_key
    from alarminati.pki.authority import default_hosts
    from alarminati.pki.folder import load_authority, save_issued

    authority = load_authority(ca)
    if role == Role.AGENT and not hosts:
        hosts = default_hosts(name)
    issued = authority.issue(Role(role), name, cluster, hosts, days=days)
    save_issued(issued, out, force=force)
    if role == Role.AGENT:
        cluster_key.give(ca, out)
    cluster = cluster or authority.cluster
    said: dict[str, object] = {"folder": str(out), "role": role, "name": name, "cluster": cluster}
    told = translated(
        "{folder}: {role} {name}, good for {scope}, {days} days",
        folder=out,
        role=role,
        name=name,
        scope=_scope(cluster),
        days=days,
    )
    _print(as_json, said, told)


@pki.command("cluster-key")
@click.option("--out", required=True, type=FOLDER, help="Folder for cluster.key.")
@json_option
def make_cluster_key(out: Path, as_json: bool) -> None:
    """Make a key that the agents of a cluster share, for an authority without one or to change it.

    One that is there is kept. To change it, list both in the agents' `cluster_key`, the new first.

    \b
    Example:
      alarminati pki cluster-key --out ca
    """
    from alarminati.pki import cluster_key

    cluster_key.keep(out)
    told = translated("{folder}: a key for the agents of a cluster", folder=out)
    _print(as_json, {"folder": str(out)}, told)


@pki.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@json_option
def show(path: Path, as_json: bool) -> None:
    """Show what the certificates of a file or folder are.

    \b
    Example:
      alarminati pki show a1/tls.crt
    """
    from alarminati.pki.reading import read

    shown = read(path)
    if as_json:
        print_json([_fields(one) for one in shown])
        return
    for one in shown:
        click.echo(_lines(one))


@pki.command()
@click.option("--secret", required=True, help="Secret that the agents mount.")
@click.option("--ca-secret", default="", help="Secret of the authority. Default: SECRET-ca.")
@click.option("--key-secret", default="", help="Secret of cluster.key. Default: none is made.")
@click.option("--namespace", default="", help="Default: that of the pod.")
@click.option("--cluster", default="", help="Good in this cluster only. Default: in any.")
@click.option("--name", default="agent", show_default=True, help="Name in the certificate.")
@click.option("--host", "hosts", multiple=True, help="Host name of the agents, repeatable.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="Label for the Secrets, repeatable.",
)
@click.option(
    "--annotation",
    "annotations",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="Annotation for the Secrets, repeatable.",
)
@click.option(
    "--days",
    default=825,
    type=click.IntRange(1, 36500),
    show_default=True,
    help="Lifetime.",
)
@click.option(
    "--service-account",
    "account",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("/var/run/secrets/kubernetes.io/serviceaccount"),
    show_default=True,
    help="Folder with token, ca.crt and namespace.",
)
@json_option
def kubernetes(
    secret: str,
    ca_secret: str,
    key_secret: str,
    cluster: str,
    name: str,
    hosts: tuple[str, ...],
    labels: Pairs,
    annotations: Pairs,
    days: int,
    namespace: str,
    account: Path,
    as_json: bool,
) -> None:
    """Create the Secrets of a cluster in Kubernetes, unless they are there.

    Runs in a pod whose service account may get these Secrets and create Secrets. Nothing that
    exists is changed; what could not work is said.

    \b
    Example:
      alarminati pki kubernetes --secret alarminati-tls --cluster seoul-1
    """
    from alarminati.pki.kubernetes import Api, Metadata, Wanted, ensure, ensure_cluster_key

    metadata = Metadata(dict(labels), dict(annotations))
    authority = ca_secret or f"{secret}-ca"
    wanted = Wanted(authority, secret, cluster, name, (*hosts, name), days, metadata)
    api = Api.of_pod(os.environ, account, namespace)
    outcome = ensure(api, wanted)
    if key_secret:
        fate = ensure_cluster_key(api, key_secret, metadata)
        click.echo(f"cluster key {key_secret}: {fate}", err=as_json)
    until = outcome.not_after
    said: dict[str, object] = {
        "authority": {"secret": wanted.authority, "outcome": str(outcome.authority)},
        "agents": {"secret": wanted.agents, "outcome": str(outcome.agents)},
        "not_after": until.isoformat(),
    }
    hint = "; renew it soon" if outcome.ends_soon(datetime.now(UTC)) else ""
    sentence = (
        f"authority {wanted.authority}: {outcome.authority}; agents {wanted.agents}:"
        f" {outcome.agents}, good until {until:%Y-%m-%d}{hint}"
    )
    _print(as_json, said, sentence)


def _scope(cluster: str) -> str:
    return translated("cluster {name}", name=cluster) if cluster else translated("any cluster")


def _fields(one: CertificateInfo) -> dict[str, object]:
    return {
        "file": one.file,
        "role": one.role,
        "name": one.name,
        "cluster": one.cluster,
        "hosts": list(one.hosts),
        "not_before": one.not_before.isoformat(),
        "not_after": one.not_after.isoformat(),
        "valid": one.valid(),
        "serial": one.serial,
        "fingerprint": one.fingerprint,
    }


def _lines(one: CertificateInfo) -> str:
    from alarminati.cli.output.columns import table

    who = f"{one.role or translated('not of Alarminati')} {one.name}".rstrip()
    days = f"{one.not_before:%Y-%m-%d}", f"{one.not_after:%Y-%m-%d}"
    valid = translated("{begin} to {end}, {state}", begin=days[0], end=days[1], state=_state(one))
    rows = [[translated("good for"), _scope(one.cluster)]]
    rows += [[translated("hosts"), ", ".join(one.hosts)]] if one.hosts else []
    rows += [[translated("valid"), valid], [translated("fingerprint"), one.fingerprint]]
    return "\n".join([f"{one.file}: {who}", *(f"  {line}" for line in table(rows))])


def _state(one: CertificateInfo) -> str:
    now = datetime.now(UTC)
    if one.valid(now):
        return translated("valid for {days} more days", days=(one.not_after - now).days)
    return translated("EXPIRED") if now > one.not_after else translated("NOT YET VALID")
