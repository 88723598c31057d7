"""Grants of access as messages, and their places in a list."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from alarminati.core.access.trust import DAY, Grant, GrantKey
from alarminati.core.model.validation import Invalid
from alarminati.v1 import access_service_pb2 as pb
from alarminati.wire.roles import identity_to_proto
from alarminati.wire.timestamps import timestamp


def grant_to_proto(grant: Grant) -> pb.AccessGrant:
    """Return the message of a grant."""
    key, invitation, revocation = grant.key, grant.invitation, grant.revocation
    made = pb.AccessGrant(
        identity=identity_to_proto(key.role, key.name),
        state=grant.state.value,  # type: ignore[arg-type]
        invitation_id=key.invitation,
        invite_time=_time(grant.invite_time),
        join_time=_time(grant.join_time),
        revoke_time=_time(grant.revoke_time),
    )
    if invitation is not None:
        made.invited_by, made.comment = invitation.created_by, invitation.comment
        made.invitation_expire_time.CopyFrom(timestamp(invitation.end_time))
        if grant.join_time:
            end = grant.join_time + invitation.validity_days * DAY
            made.certificate_expire_time.CopyFrom(timestamp(end))
    if revocation is not None:
        made.revoked_by, made.comment = revocation.created_by, revocation.comment
    return made


def _time(milliseconds: int) -> Timestamp | None:
    return timestamp(milliseconds) if milliseconds else None


def read_place(text: str) -> GrantKey | None:
    """Return the grant behind which the page begins. Raises Invalid."""
    if not text:
        return None
    parts = text.split("/")
    if len(parts) != len(GrantKey._fields):
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return GrantKey(*parts)


def place_of(key: GrantKey) -> str:
    """Return the text of a place, for a token."""
    return "/".join(key)
