"""What replicas say to each other about who is master, and what an election asks of its shell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from hashlib import blake2b
from typing import TypeAlias


class Kind(IntEnum):
    """What is said. The values are those of the proto enum."""

    PROBE = 1  # who is there and who is master?
    ELECTION = 2  # I stand for master
    COORDINATOR = 3  # I am master of this epoch
    RESIGN = 4  # I stop; the successor is to reign
    STATUS = 5  # answer: this is how I see it
    ALIVE = 6  # answer: I outrank you and take it from here
    CHECKING_MASTER = 7  # answer: I am asking my master whether it lives; wait for my word


class Role(Enum):
    """What a replica is."""

    SEEKING = "seeking"  # just started: is there a master?
    CANDIDATE = "candidate"
    STANDBY = "standby"
    MASTER = "master"


class Problem(Enum):
    """Why another replica is not reached."""

    UNREACHABLE = "unreachable"  # nobody answers there
    UNTRUSTED = "untrusted"  # who answers is no agent of our authority, or does not take us for one
    OTHER_CLUSTER = "other_cluster"  # an agent, but not of this cluster
    NAME_TAKEN = "name_taken"  # it has the name of this one


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a word was not answered; `detail` is for people."""

    problem: Problem = Problem.UNREACHABLE
    detail: str = ""


NO_ANSWER = Loss(detail="no answer")


@dataclass(frozen=True, slots=True)
class ElectionMessage:
    """One word with the speaker's whole view, so that every word teaches."""

    kind: Kind
    name: str
    rank: int
    epoch: int  # of the master it knows, or the highest it has seen
    master: str = ""  # empty: knows none
    master_rank: int = 0
    master_address: str = ""  # empty: it is the speaker
    hops: int = 0  # 0 the speaker is master, 1 linked to it, 2 through another
    address: str = ""  # where the speaker can be reached, when it knows
    peers: tuple[str, ...] = ()
    successor: str = ""
    instance: str = ""  # of the process that speaks, its alone
    started: int = 0  # when that process started by its clock, milliseconds since 1970
    given: str = ""  # the name it was given, while it goes by another; see core.namesakes


@dataclass(frozen=True, slots=True)
class Ask:
    """Effect: say `word` to `address`; then `answered` or, after `Timing.answer`, `unreachable`."""

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
    """Effect: this replica is master now (again)."""

    epoch: int
    awaited: tuple[str, ...]  # replicas that answered: their journals are merged before sending


@dataclass(frozen=True, slots=True)
class StopSending:
    """Effect: this replica must not send; it is no master, or not sure to be one."""

    doubting: bool = False  # it is the master as far as it knows; Lead says that it is sure again


@dataclass(frozen=True, slots=True)
class DropFollowers:
    """Effect: close the links of those who follow us; we are no longer what they think."""


@dataclass(frozen=True, slots=True)
class RefreshDiscovery:
    """Effect: somebody is missing; discovery should look again."""


ElectionEffect: TypeAlias = (
    Ask | Follow | Unfollow | BecomeMaster | StopSending | DropFollowers | RefreshDiscovery
)

PRIORITY_SHIFT = 48


def rank(seed: str, name: str, priority: int = 0) -> int:
    """Who wins: priority first (0 to 1000), then a hash nobody chose. Never 0."""
    if not 0 <= priority <= 1000:
        raise ValueError(f"priority ({priority}) must be from 0 to 1000")
    digest = blake2b(f"{seed}\x1f{name}".encode(), digest_size=PRIORITY_SHIFT // 8).digest()
    return priority << PRIORITY_SHIFT | int.from_bytes(digest, "big") | 1


def rank_apart(rank: int, instance: str) -> int:
    """The rank of one that has its rank in common with another: the same priority."""
    digest = blake2b(f"{rank}\x1f{instance}".encode(), digest_size=PRIORITY_SHIFT // 8).digest()
    return priority_of(rank) << PRIORITY_SHIFT | int.from_bytes(digest, "big") | 1


def priority_of(rank: int) -> int:
    """The priority within a rank."""
    return rank >> PRIORITY_SHIFT
