"""Election messages between replicas, and effects that an election asks of its shell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from hashlib import blake2b
from typing import TypeAlias


class Kind(IntEnum):
    """Kind of a message. The values are those of the proto enum."""

    PROBE = 1  # who is there and who is master?
    ELECTION = 2  # I stand for master
    COORDINATOR = 3  # I am master of this epoch
    RESIGN = 4  # I stop; the successor takes over
    STATUS = 5  # answer: this is my view
    ALIVE = 6  # answer: I outrank you and run the election
    CHECKING_MASTER = 7  # answer: I ask my master whether it lives; wait for my message


class Role(Enum):
    """Role of a replica."""

    SEEKING = "seeking"  # just started: is there a master?
    CANDIDATE = "candidate"
    STANDBY = "standby"
    MASTER = "master"


class Problem(Enum):
    """Reason why a peer is not reached."""

    UNREACHABLE = "unreachable"  # no answer from the address
    UNTRUSTED = "untrusted"  # the server is no agent of our authority, or does not accept us as one
    OTHER_CLUSTER = "other_cluster"  # an agent, but not of this cluster
    NAME_TAKEN = "name_taken"  # it has the name of this replica


@dataclass(frozen=True, slots=True)
class Loss:
    """Reason why a message was not answered; `detail` is for people."""

    problem: Problem = Problem.UNREACHABLE
    detail: str = ""


NO_ANSWER = Loss(detail="no answer")


@dataclass(frozen=True, slots=True)
class ElectionMessage:
    """One message with the sender's whole view, so that every message informs."""

    kind: Kind
    name: str
    rank: int
    epoch: int  # epoch of the known master, or the highest seen
    master: str = ""  # empty: knows none
    master_rank: int = 0
    master_address: str = ""  # empty: the sender is the master
    hops: int = 0  # 0 the sender is master, 1 linked to it, 2 through another
    address: str = ""  # address of the sender, when it knows
    peers: tuple[str, ...] = ()
    successor: str = ""
    instance: str = ""  # unique id of the sender's process
    started: int = 0  # when that process started by its clock, milliseconds since 1970
    given: str = ""  # the configured name, while it uses another; see `namesakes`


@dataclass(frozen=True, slots=True)
class Ask:
    """Effect: send `word` to `address`; then `answered` or, after `Timing.answer`,
    `unreachable`."""

    address: str
    word: ElectionMessage


@dataclass(frozen=True, slots=True)
class Follow:
    """Effect: open the link to `address`, closing any other; then `link_up` or `link_down`."""

    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Unfollow:
    """Effect: close the link to the upstream replica."""


@dataclass(frozen=True, slots=True)
class BecomeMaster:
    """Effect: this replica is master now, or is sure of it again."""

    epoch: int
    awaited: tuple[str, ...]  # replicas that answered: their journals are merged before sending


@dataclass(frozen=True, slots=True)
class StopSending:
    """Effect: this replica must not send; it is not master, or not sure to be."""

    doubting: bool = False  # it may still be master; BecomeMaster follows when it is sure


@dataclass(frozen=True, slots=True)
class DropFollowers:
    """Effect: close the links of our followers; we are no longer their master or relay."""


@dataclass(frozen=True, slots=True)
class RefreshDiscovery:
    """Effect: a peer is missing; discovery should look again."""


ElectionEffect: TypeAlias = (
    Ask | Follow | Unfollow | BecomeMaster | StopSending | DropFollowers | RefreshDiscovery
)

PRIORITY_SHIFT = 48


def rank(seed: str, name: str, priority: int = 0) -> int:
    """Return the rank: priority first (0 to 1000), then a hash that is not chosen. Never 0."""
    if not 0 <= priority <= 1000:
        raise ValueError(f"priority ({priority}) must be from 0 to 1000")
    digest = blake2b(f"{seed}\x1f{name}".encode(), digest_size=PRIORITY_SHIFT // 8).digest()
    return priority << PRIORITY_SHIFT | int.from_bytes(digest, "big") | 1


def rank_apart(rank: int, instance: str) -> int:
    """Return a second rank of the same priority, for a replica that shares its rank."""
    digest = blake2b(f"{rank}\x1f{instance}".encode(), digest_size=PRIORITY_SHIFT // 8).digest()
    return priority_of(rank) << PRIORITY_SHIFT | int.from_bytes(digest, "big") | 1


def priority_of(rank: int) -> int:
    """Return the priority within a rank."""
    return rank >> PRIORITY_SHIFT
