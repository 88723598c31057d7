"""Refusals of the local API: a status, a code, and a sentence in both languages."""

from __future__ import annotations

from alarminati.client.errors import (
    AlarminatiError,
    CacheUnusable,
    Forbidden,
    NotFound,
    Overloaded,
    Refused,
    Unreachable,
)
from alarminati.ui.schema.common import Error


class Problem(Exception):
    """A call cannot be answered as asked."""

    def __init__(
        self, status: int, code: str, ko: str, en: str, field: str = "", retry_ms: int = 0
    ) -> None:
        super().__init__(en)
        self.status = status
        self.error = Error(code, ko, en, field, retry_ms)


def invalid(field: str, ko: str, en: str) -> Problem:
    """Return the refusal of one field."""
    return Problem(400, "INVALID_FIELD", ko, en, field)


def missing(ko: str, en: str) -> Problem:
    """Return the refusal of what is not there."""
    return Problem(404, "NOT_FOUND", f"{ko} 없습니다.", f"There is no {en}.")


def no_cluster(id: str) -> Problem:
    """Return the refusal of a cluster that is not known."""
    return missing(f"클러스터 {id}: 이 앱에", f"cluster {id} in this app")


def read_only(name: str) -> Problem:
    """Return the refusal of acts on what is archived."""
    return Problem(
        *(409, "ARCHIVED", f"{name}: 보관된 클러스터라서 읽기만 할 수 있습니다."),
        f"{name} is archived and can only be read.",
    )


def unreached(name: str) -> Problem:
    """Return the refusal of calls into a cluster that is not connected."""
    ko, en = f"{name}: 연결되어 있지 않습니다.", f"{name} is not connected."
    return Problem(503, "NOT_CONNECTED", ko, en, "", 5000)


def of_cluster(error: Exception) -> Problem:
    """Return the refusal for what a cluster, or the way to it, said."""
    said = str(error)
    match error:
        case Problem():
            return error
        case Overloaded():
            retry = int(error.retry_after * 1000)
            ko = f"클러스터가 잠시 요청을 받지 못합니다: {said}"
            return Problem(429, "OVERLOADED", ko, said, "", retry)
        case Unreachable():
            ko = f"클러스터가 응답하지 않습니다: {said}"
            return Problem(503, error.reason or "UNREACHABLE", ko, said, "", 5000)
        case Forbidden():
            ko = f"이 인증서로는 할 수 없습니다. operator 권한이 필요합니다: {said}"
            return Problem(403, "FORBIDDEN", ko, said)
        case NotFound():
            return Problem(404, "NOT_FOUND", f"클러스터에 없습니다: {said}", said)
        case Refused():
            return Problem(400, "REFUSED", f"클러스터가 거절했습니다: {said}", said, error.field)
        case CacheUnusable():
            ko = f"이 PC의 기록을 읽거나 쓸 수 없습니다: {said}"
            return Problem(507, "STORAGE", ko, said)
        case AlarminatiError():
            return Problem(502, "CLUSTER", f"클러스터의 답을 처리할 수 없습니다: {said}", said)
    return Problem(
        500, "INTERNAL", "앱에 오류가 있습니다. 로그를 보세요.", "The app failed; see its log."
    )
