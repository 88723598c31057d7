"""Findings of an examination."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class Step(StrEnum):
    """Steps of an examination, in order."""

    FILES = "files"
    NAME = "name"
    PORT = "port"
    TLS = "tls"
    AGENT = "agent"
    WELCOME = "welcome"
    ANSWER = "answer"
    ROLE = "role"
    CLOCK = "clock"
    CLUSTER = "cluster"
    SOURCES = "sources"  # these two: of a configuration
    RELAY = "relay"


class Grade(StrEnum):
    """Grade of a finding."""

    WELL = "ok"
    WARNING = "warning"  # it works, and yet
    TROUBLE = "error"  # nothing works as long as it is so


class Sign(StrEnum):
    """Code of a finding. Scripts rely on the values."""

    FILES_WELL = "files_well"
    NO_FILES = "no_files"
    FILES_WRONG = "files_wrong"
    MINE_EXPIRED = "mine_expired"
    MINE_EARLY = "mine_early"
    MINE_ENDS_SOON = "mine_ends_soon"
    MINE_IS_INVITATION = "mine_is_invitation"
    AUTHORITY_EXPIRED = "authority_expired"
    NAME_WELL = "name_well"
    NAME_UNKNOWN = "name_unknown"
    NAME_UNANSWERED = "name_unanswered"
    PROXY_UNUSED = "proxy_unused"
    PORT_WELL = "port_well"
    PORT_REFUSED = "port_refused"
    PORT_SILENT = "port_silent"
    PORT_UNREACHABLE = "port_unreachable"
    TLS_WELL = "tls_well"
    NO_TLS = "no_tls"
    PLAIN_HTTP = "plain_http"
    PLAIN_GRPC = "plain_grpc"
    NOT_TLS = "not_tls"
    TLS_SILENT = "tls_silent"
    TLS_CLOSED = "tls_closed"
    TLS_OLD = "tls_old"
    CERTIFICATE_WANTED = "certificate_wanted"
    AGENT_WELL = "agent_well"
    NOT_AN_AGENT = "not_an_agent"
    OTHER_AUTHORITY = "other_authority"
    OTHER_CLUSTER = "other_cluster"
    THEIRS_EXPIRED = "theirs_expired"
    THEIRS_EARLY = "theirs_early"
    WELCOME_WELL = "welcome_well"
    MINE_NOT_TRUSTED = "mine_not_trusted"
    MINE_OUT_OF_TIME = "mine_out_of_time"
    MINE_REFUSED = "mine_refused"
    ANSWER_WELL = "answer_well"
    MAY_LEAD = "may_lead"
    MAY_OPERATE = "may_operate"
    MAY_REPORT = "may_report"
    MAY_VIEW = "may_view"
    REVOKED = "revoked"
    FORBIDDEN = "forbidden"
    NOT_ALARMINATI = "not_alarminati"
    NO_ANSWER = "no_answer"
    CLOCK_WELL = "clock_well"
    CLOCK_UNKNOWN = "clock_unknown"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BEHIND = "clock_behind"
    CLUSTER_WELL = "cluster_well"
    CLUSTER_PARTLY = "cluster_partly"
    PEER_UNREACHABLE = "peer_unreachable"
    PEER_NOBODY = "peer_nobody"
    PEER_GONE = "peer_gone"
    PEER_UNTRUSTED = "peer_untrusted"
    PEER_OTHER_CLUSTER = "peer_other_cluster"
    PEER_NAME_TAKEN = "peer_name_taken"
    NO_MASTER = "no_master"
    CUT_OFF = "cut_off"
    FULL = "full"
    STOPPING = "stopping"
    LOADING = "loading"
    STALLED = "stalled"
    NO_SOURCES = "no_sources"
    SOURCE_WELL = "source_well"
    SOURCE_OPEN = "source_open"
    RELAY_WELL = "relay_well"
    RELAY_UNREACHABLE = "relay_unreachable"
    RELAY_NO_TLS = "relay_no_tls"
    RELAY_UNTRUSTED = "relay_untrusted"
    RELAY_FORBIDS = "relay_forbids"
    RELAY_NO_ANSWER = "relay_no_answer"
    NOT_A_RELAY = "not_a_relay"
    RELAY_NEARLY_FULL = "relay_nearly_full"
    RELAY_FULL = "relay_full"


_WARNINGS = frozenset(
    {
        Sign.MINE_ENDS_SOON,
        Sign.PROXY_UNUSED,
        Sign.CLOCK_AHEAD,
        Sign.CLOCK_BEHIND,
        Sign.CLOCK_UNKNOWN,
        Sign.CLUSTER_PARTLY,
        Sign.PEER_UNREACHABLE,
        Sign.PEER_NOBODY,
        Sign.PEER_GONE,
        Sign.PEER_UNTRUSTED,
        Sign.PEER_OTHER_CLUSTER,
        Sign.PEER_NAME_TAKEN,
        Sign.LOADING,
        Sign.SOURCE_OPEN,
        Sign.RELAY_NEARLY_FULL,
    }
)
_WELL = frozenset(
    {
        Sign.NO_FILES,
        Sign.NO_TLS,
        Sign.NO_SOURCES,
        Sign.MAY_LEAD,
        Sign.MAY_OPERATE,
        Sign.MAY_REPORT,
        Sign.MAY_VIEW,
    }
)

REFUSED = frozenset(
    {
        Sign.FILES_WRONG,
        Sign.MINE_EXPIRED,
        Sign.MINE_EARLY,
        Sign.MINE_IS_INVITATION,
        Sign.AUTHORITY_EXPIRED,
        Sign.CERTIFICATE_WANTED,
        Sign.OTHER_AUTHORITY,
        Sign.OTHER_CLUSTER,
        Sign.MINE_NOT_TRUSTED,
        Sign.MINE_OUT_OF_TIME,
        Sign.MINE_REFUSED,
        Sign.REVOKED,
        Sign.FORBIDDEN,
        Sign.RELAY_FORBIDS,
    }
)
"""Faults of the client, so that trying again cannot help."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one step; its sentence mentions `facts`."""

    step: Step
    sign: Sign
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def grade(self) -> Grade:
        """Return the grade of the finding."""
        if self.sign in _WARNINGS:
            return Grade.WARNING
        well = self.sign in _WELL or self.sign.endswith("_well")
        return Grade.WELL if well else Grade.TROUBLE


def moment(when: datetime) -> str:
    """Return a time in the form of findings, to the minute."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
