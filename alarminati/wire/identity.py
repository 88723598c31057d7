"""Identity in a certificate, without a certificate library: gRPC hands over the URI.

The identity is the only URI name of the certificate:

    spiffe://alarminati/ROLE/NAME            good in every cluster that trusts the issuer
    spiffe://alarminati/CLUSTER/ROLE/NAME    good in that cluster only, even under the same issuer

The issuer alone decides who is trusted, so the part before the first slash (the trust domain) is
not compared: certificates of another SPIFFE issuer work when the path has this form.

An agent's certificate carries DNS names made by `server_name`, and no other role's does. A client
checks for that name instead of the host's: replicas are found by address (pods have no lasting
names), and what matters is that the other side is an agent of the right cluster, for which the
issuer vouches. TLS refuses anything else before a byte is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TRUST_DOMAIN: Final = "alarminati"
AGENT_NAME: Final = "agent.alarminati"
ANY_CLUSTER: Final = f"*.{AGENT_NAME}"

# A cluster is one label of a DNS name and one segment of a SPIFFE path.
_CLUSTER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
# A SPIFFE path segment; 64 is also what X.509 allows a common name.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_URI: Final = re.compile(r"spiffe://[a-z0-9._-]+/(?:([^/]+)/)?([^/]+)/([^/]+)")


class Role(StrEnum):
    """Purpose of a certificate."""

    AGENT = "agent"
    REPORTER = "reporter"
    VIEWER = "viewer"
    OPERATOR = "operator"
    INVITEE = "invitee"  # may get one certificate and do nothing else; see AccessService


MEMBERS: Final = (Role.AGENT, Role.REPORTER, Role.VIEWER, Role.OPERATOR)
"""Roles of the members of a cluster, for which people may request certificates."""


class NotAnIdentity(ValueError):
    """A name or URI that is no identity; the message is for people."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Role, name, and the one cluster that it is valid for (empty: any)."""

    role: Role
    name: str
    cluster: str = ""

    def fits(self, cluster: str) -> bool:
        """Return whether a member of `cluster` may accept it."""
        return self.cluster in ("", cluster)

    @property
    def uri(self) -> str:
        """Return the URI of its certificate."""
        path = f"{self.role}/{self.name}"
        return f"spiffe://{TRUST_DOMAIN}/{self.cluster + '/' if self.cluster else ''}{path}"

    def __str__(self) -> str:
        return f"{self.role} {self.name}"


def check_cluster(cluster: str) -> str:
    """Return the name of a cluster if a certificate can hold it. Raises NotAnIdentity."""
    if not _CLUSTER.fullmatch(cluster):
        raise NotAnIdentity(
            f"{cluster!r} cannot name a cluster: use up to 63 letters a to z, digits, - and _"
        )
    return cluster


def check_name(name: str) -> str:
    """Return the name of a person, program or replica if a certificate can hold it.

    Raises NotAnIdentity.
    """
    if not _NAME.fullmatch(name):
        raise NotAnIdentity(
            f"{name!r} cannot be a name: use up to 64 letters a to z, digits, dots, - and _"
        )
    return name


def parse(uri: str) -> Identity:
    """Read the URI of a certificate. Raises NotAnIdentity."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise NotAnIdentity(f"{uri!r} is not of the form spiffe://DOMAIN/[CLUSTER/]ROLE/NAME")
    cluster, role, name = match.groups(default="")
    if role not in set(Role):
        raise NotAnIdentity(f"{uri!r} names no known role ({', '.join(MEMBERS)})")
    return Identity(Role(role), check_name(name), check_cluster(cluster) if cluster else "")


def server_name(cluster: str = "") -> str:
    """Return the DNS name to look for in the server's certificate.

    With a cluster: an agent that is valid for this cluster. Without: any agent of the same issuer.
    """
    return f"{check_cluster(cluster)}.{AGENT_NAME}" if cluster else AGENT_NAME


def agent_names(cluster: str = "") -> tuple[str, ...]:
    """Return the DNS names of an agent's certificate, besides its hosts."""
    return (AGENT_NAME, server_name(cluster) if cluster else ANY_CLUSTER)
