"""What can go wrong for somebody who talks to agents.

The class says what to do next; fields carry what a program may want; the message is one sentence
for people and never holds a secret.
"""

from __future__ import annotations

from pathlib import Path


class AlarminatiError(Exception):
    """Any failure of the client library."""

    reason: str = ""
    """Why, for programs, as in the table of docs/protocol.md, where the agent said so.
    Of Unreachable also what was found here: NO_TRUST, NO_ADDRESS, REFUSED, SILENT."""


class Unreachable(AlarminatiError):
    """No agent answered in time. Trying again later may help."""

    def __init__(self, message: str, address: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.address = address
        """The address tried last, host:port."""
        self.reason = reason


class TooFewReplicas(Unreachable):
    """The alarm is kept, but was not on as many replicas as asked for in time."""

    def __init__(self, message: str, address: str, id: str) -> None:
        super().__init__(message, address, "TOO_FEW_REPLICAS")
        self.id = id
        """The id of the report, "origin-sequence"."""


class Overloaded(AlarminatiError):
    """Too much waits already, or there is no room. Come back in `retry_after` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(AlarminatiError):
    """What was asked makes no sense; asking again will not help."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        """The field that is wrong, such as "severity"; empty when it is none in particular."""


class Forbidden(AlarminatiError):
    """The certificate (or its absence) does not allow this."""


class NotFound(AlarminatiError):
    """There is no such alarm or channel."""


class Unexpected(AlarminatiError):
    """The agent answered in a way this client does not understand; are the versions far apart?"""


class SpoolProblem(AlarminatiError):
    """No agent took the alarm, and the spool cannot keep it."""


class CacheUnusable(AlarminatiError):
    """The cache cannot be read or written. Go on without one, or make room and try again."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"the cache {path} cannot be used: {problem}")
        self.path = path
        self.problem = problem


class Rebuilt(Exception):
    """Only within this package: the cache was damaged, is empty now, and nothing was written."""
