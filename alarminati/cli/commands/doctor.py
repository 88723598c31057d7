"""`alarminati doctor`: why it does not work, in a sentence each, with what to do about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import Exit, json_option, print_json, translated

if TYPE_CHECKING:
    from alarminati.doctor.findings import Finding

SENTENCES = {
    "no_files": "No certificate is given, so only this computer can be asked.",
    "files_well": "Your certificate is that of {who}, good until {ends}.",
    "files_wrong": "Your certificate cannot be used: {problem}.",
    "mine_expired": (
        "Your certificate ended on {ends}. Ask an operator for an invitation (`alarminati invite`)"
        " and use `alarminati join`; if it should be good still, set this computer's clock,"
        " which says {now}."
    ),
    "mine_early": (
        "Your certificate is good from {begins} on, but this computer's clock says {now}."
        " Set the clock."
    ),
    "mine_ends_soon": "Your certificate, that of {who}, ends in {days} days, on {ends}.",
    "mine_is_invitation": (
        "This is an invitation's certificate, good for one thing. Use `alarminati join`."
    ),
    "authority_expired": (
        "The certificate of the authority in {file} has run out. Ask an operator for the new one."
    ),
    "name_well": "{host} is {ips}.",
    "name_unknown": (
        "{host} has no address. Is it spelled right, and are you on a network (VPN) that knows it?"
    ),
    "name_unanswered": ("No name server said what {host} is. Is this computer on a network?"),
    "proxy_unused": (
        "{variable} names a proxy, but agents are never reached through one: there must be a direct"
        " way to their gRPC port."
    ),
    "port_well": "{address} takes connections, after {ms} ms.",
    "port_refused": (
        "Nothing listens at {address}. Is the agent running, and is this its gRPC port (7443)?"
    ),
    "port_silent": (
        "{address} does not answer. Is the address right, and does a firewall or a NetworkPolicy"
        " let you through?"
    ),
    "port_unreachable": (
        "There is no way to {address} from here ({reason}). Are you on the right network (VPN)?"
    ),
    "tls_well": "It speaks {version}.",
    "no_tls": "The agent works without TLS, for this computer alone.",
    "plain_http": (
        "{address} speaks HTTP. That is a port for webhooks or health; give the gRPC port (7443)."
    ),
    "plain_grpc": (
        "{address} speaks gRPC without TLS: an agent that only its own computer may ask. Leave out"
        " the certificate."
    ),
    "not_tls": (
        "{address} answers, but not in TLS. Another program has this port; give the agent's (7443)."
    ),
    "tls_silent": (
        "{address} takes connections but then says nothing. Is the agent stuck, or a load balancer"
        " without anybody behind it?"
    ),
    "tls_closed": (
        "{address} hangs up before anything is said. A proxy or load balancer may have nobody"
        " behind it; it must pass TCP through."
    ),
    "tls_old": (
        "{address} knows only TLS older than 1.2, which no agent does. Mend or go around the proxy"
        " that ends TLS there."
    ),
    "certificate_wanted": (
        "{address} demands a certificate. Name its folder with --tls, or get one with"
        " `alarminati join`."
    ),
    "agent_well": "There is {who}, with a certificate that is good until {ends}.",
    "not_an_agent": (
        "Who answers at {address} is no agent: its certificate is that of {who}, issued by"
        " {issuer}. Is the address right? A proxy in between must pass TCP through."
    ),
    "other_authority": (
        "{who} answers at {address}, but its certificate is of authority {theirs}, and yours is of"
        " {mine}. Use the certificate of that cluster; if its authority was replaced, join again."
    ),
    "other_cluster": (
        "{who} answers at {address}, of cluster {theirs}; your certificate is for cluster {mine}."
        " Use the one of that cluster."
    ),
    "theirs_expired": (
        "The certificate of {who} at {address} ended on {ends}. Its operator must put a new one in"
        " place; if it should be good still, set this computer's clock, which says {now}."
    ),
    "theirs_early": (
        "The certificate of {who} at {address} is good from {begins} on, but this computer's clock"
        " says {now}. One of the two clocks is wrong, most likely this one."
    ),
    "welcome_well": "It accepts your certificate.",
    "mine_not_trusted": (
        "It does not trust the authority of your certificate. Use the certificate of this cluster;"
        " if its authority was replaced, join again."
    ),
    "mine_out_of_time": (
        "It says that your certificate has run out, though by this computer's clock ({now}) it is"
        " good. One of the two clocks is wrong."
    ),
    "mine_refused": (
        "It hangs up at the sight of your certificate without saying why. Either it does not trust"
        " its authority (was that replaced? Then join again), or by its clock the certificate is"
        " out of time (is the agent's clock right?); its log says which."
    ),
    "answer_well": "{replica} of cluster {cluster} answers, version {version}.",
    "may_lead": "As {role} you may take part in the cluster.",
    "may_operate": "As {role} you may report, follow, acknowledge, silence and change channels.",
    "may_report": "As {role} you may report, but neither follow nor list.",
    "may_view": "As {role} you may follow and list, but neither report nor acknowledge.",
    "revoked": (
        "Your certificate was revoked. If that was a mistake, ask an operator to take it back"
        " (`alarminati revoke NAME --undo`)."
    ),
    "forbidden": "The agent does not let you in: {reason}.",
    "not_alarminati": (
        "Who answers at {address} speaks gRPC but is no agent of Alarminati. Is the address right?"
    ),
    "no_answer": (
        "The agent at {address} took the connection but did not answer: {reason}. Look at its log."
    ),
    "clock_well": "Its clock and this computer's agree within {seconds} s.",
    "clock_unknown": "It does not tell the time, so whether the clocks agree is not known.",
    "clock_ahead": (
        "This computer's clock is {seconds} s ahead of the agent's. Set whichever is wrong;"
        " certificates and silences go by it."
    ),
    "clock_behind": (
        "This computer's clock is {seconds} s behind the agent's. Set whichever is wrong;"
        " certificates and silences go by it."
    ),
    "cluster_well": "{master} is master, and {connected} of {replicas} replicas are connected.",
    "cluster_partly": (
        "{master} is master, and {connected} of {replicas} replicas are connected, but not all that"
        " should be there."
    ),
    "peer_unreachable": (
        "Nobody was ever reached at {address}: {reason}. Is it spelled right, and does an agent run"
        " there?"
    ),
    "peer_nobody": "{replica} finds no other replica: {reason}.",
    "peer_gone": "{name} at {address} is gone: {reason}.",
    "peer_untrusted": (
        "The cluster and {address} do not trust each other: {reason}. Give both certificates of one"
        " authority."
    ),
    "peer_other_cluster": "{address} is no agent of this cluster: {reason}.",
    "peer_name_taken": (
        "The replica at {address}, {name}, was given the same name as {replica}. Give each its own"
        " (`name` in its configuration) and restart it."
    ),
    "no_master": (
        "{replica} knows no master: alarms are taken and wait. If it stays so, see whether the"
        " replicas reach each other's gRPC port."
    ),
    "cut_off": (
        "{replica} is cut off from the master {master} and delivers nothing. See whether the"
        " replicas reach each other's gRPC port."
    ),
    "full": (
        "{replica} has no room on its disk and refuses alarms. Make the volume larger, or keep less"
        " (retention)."
    ),
    "stopping": "{replica} is stopping. Ask another.",
    "loading": (
        "{replica} still reads its journal: alarms are taken, nothing is delivered yet. It takes"
        " seconds to a minute."
    ),
    "stalled": (
        "{replica} stands still: its disk does not answer, or a delivery does not end. Look at its"
        " log and its volume, or start it again."
    ),
    "no_sources": "{file} has neither sources nor relays.",
    "source_well": "Source {source} is believed by: {how}.",
    "source_open": (
        "Source {source} has neither token nor hmac, so `http.anonymous` ({anonymous}) says who may"
        " post for it. `alarminati tokens create` makes a token."
    ),
    "relay_well": (
        "The relay {relay} lets this agent pull. {pending} webhooks wait, {rejected} are set aside,"
        " {percent} % of its room is in use."
    ),
    "relay_unreachable": (
        "The relay {relay} cannot be reached at {address}: {reason}. Is this the port of this"
        " cluster there (`clusters[].listen`), and do a firewall and the NetworkPolicy let you out?"
    ),
    "relay_no_tls": (
        "The relay {relay} does not speak TLS at {address}: {reason}. Is this the port where agents"
        " pull, and does nothing in between end TLS?"
    ),
    "relay_untrusted": (
        "The certificate of the relay {relay} at {address} is not believed: {reason}. Name its"
        " authority as `ca` of the queue, and the host as it stands in the certificate."
    ),
    "relay_forbids": "The relay {relay} does not let this agent pull: {reason}.",
    "relay_no_answer": (
        "The relay {relay} at {address} hangs up or does not answer: {reason}. Is `clusters[].ca`"
        " there the authority of this agent's certificate? Look at its log."
    ),
    "not_a_relay": (
        "Who answers at {address} is no relay. Is it the port of this cluster"
        " (`clusters[].listen`)?"
    ),
    "relay_nearly_full": (
        "The relay {relay} is nearly full: {pending} webhooks wait, {percent} % of its room is in"
        " use. Give it more `room`, or see why the master does not pull."
    ),
    "relay_full": (
        "The relay {relay} is full and refuses webhooks: {pending} wait. Give it more `room`,"
        " or see why the master does not pull."
    ),
}
"""By sign; a test holds that there is one for each."""

_MARKS = {"ok": "ok", "warning": "!", "error": "x"}


@click.command()
@click.option(
    "--config",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Examine the sources and relays of this configuration of an agent instead.",
)
@json_option
@reach_options(timeout=5.0)
@click.pass_context
def doctor(ctx: click.Context, reach: Target, path: Path | None, as_json: bool) -> None:
    """Find out why an agent cannot be reached.

    Looks at one thing after the other and stops at the first that is wrong. Exit code 0 when all
    is well, 3 when an agent cannot be reached or cannot serve, 4 when it does not let you in.

    \b
    Example:
      alarminati doctor --agent alarms.example.com:7443 --tls certificates
      alarminati doctor --config agent.yaml
      alarminati doctor --json
    """
    from alarminati.doctor.findings import REFUSED, Grade

    found = _configured(path, reach.timeout, as_json) if path else _reached(reach, as_json)
    if as_json:
        print_json([_fields(address, finding) for address, finding in found])
    ills = [finding.sign for _, finding in found if finding.grade is Grade.TROUBLE]
    if ills:
        ctx.exit(Exit.REFUSED if ills[0] in REFUSED else Exit.UNREACHABLE)


def _reached(reach: Target, as_json: bool) -> list[tuple[str, Finding]]:
    from alarminati.doctor.examination import examine, examine_files

    files = examine_files(reach.tls)
    found = [("", files.finding)]
    _say(files.finding, as_json)
    for address in reach.addresses:
        if len(reach.addresses) > 1 and not as_json:
            click.echo(f"{address}:")
        for finding in examine(address, files, reach.timeout):
            found.append((address, finding))
            _say(finding, as_json)
    return found


def _configured(path: Path, patience: float, as_json: bool) -> list[tuple[str, Finding]]:
    from alarminati.agent.http_server import reporters
    from alarminati.config import ConfigError, load
    from alarminati.doctor.configured import examine_configured

    config = load(path, os.environ, {})
    try:
        reporters(config)  # compiles what maps their bodies
    except ConfigError as error:
        raise ConfigError(str(path), error.key, error.problem) from None
    found = []
    for address, finding in examine_configured(config, path, patience):
        found.append((address, finding))
        _say(finding, as_json)
    return found


def _say(finding: Finding, as_json: bool) -> None:
    if not as_json:
        mark = _MARKS[finding.grade]
        click.echo(f"{mark:>2} {translated(SENTENCES[finding.sign], **finding.facts)}")


def _fields(address: str, finding: Finding) -> dict[str, Any]:
    return {
        "address": address or None,
        "step": finding.step,
        "grade": finding.grade,
        "code": finding.sign,
        "summary": SENTENCES[finding.sign].format(**finding.facts),
        "facts": dict(finding.facts),
    }
