"""Joining by invitation in five steps; the key is made here and stays here."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from alarminati.client.client import Client
from alarminati.client.errors import AlarminatiError, Forbidden
from alarminati.client.profile import Profiles, profile_name
from alarminati.pki.authority import Issued, PkiError
from alarminati.pki.folder import replace_issued, save_key
from alarminati.pki.invitations import MARK, InvitationText, read
from alarminati.pki.reading import CertificateInfo, read_pem
from alarminati.pki.renewing import check_issued
from alarminati.pki.requests import make_request
from alarminati.ui.follow.following import ProfileFollowers
from alarminati.ui.live import Live
from alarminati.ui.problems import Problem, of_cluster
from alarminati.ui.schema.clusters import JoinRequest, JoinStep
from alarminati.ui.schema.common import Text
from alarminati.wire.credentials import Tls, TlsError
from alarminati.wire.identity import Identity, Role

TIMEOUT: Final = 15.0
PATIENCE: Final = 60.0
_LOOK: Final = 0.1


class Joining:
    """Redeems invitations, one at a time."""

    def __init__(self, profiles: Profiles, followers: ProfileFollowers) -> None:
        self._profiles = profiles
        self._followers = followers
        self._turn = asyncio.Lock()

    async def join(self, asked: JoinRequest) -> AsyncIterator[JoinStep]:
        """Yield each step as it begins and ends; the last is done or failed."""
        step = JoinStep("read", "now", Text("초대장을 읽는 중", "reading the invitation"))
        try:
            async with self._turn:
                async for step in self._steps(asked):
                    yield step
        except (AlarminatiError, PkiError, TlsError, OSError) as error:
            yield _failed(step, error)

    async def _steps(self, asked: JoinRequest) -> AsyncIterator[JoinStep]:
        letter = read(_line(asked.invitation))
        issued = letter.issued()
        shown = _in_time(issued)
        left = int((shown.not_after.timestamp() - time.time()) / 60)
        yield JoinStep(
            *("read", "done"),
            Text(f"{letter.cluster}: {left}분 남음", f"{letter.cluster}: {left} min left"),
        )
        id = sha256(letter.certificate).hexdigest()[:16]
        name = self._redeemed(id)
        if name is None:
            async for step in self._redeem(letter, issued, shown, id):
                yield step
            name = self._redeemed(id)
        assert name is not None
        yield JoinStep("records", "now", Text("기록 받는 중", "receiving records"))
        live = await self._followers.meet(name)
        if live is None:
            raise PkiError("the new profile cannot be read")
        count, size = await _caught_up(live)
        text = Text(f"기록 {count:,}건, {size // 1000} kB", f"{count:,} records, {size // 1000} kB")
        yield JoinStep("records", "done", text, live.id, count, size)

    def _redeemed(self, id: str) -> str | None:
        for name in self._profiles.names():
            try:
                if self._profiles.get(name).invitation == id:
                    return name
            except AlarminatiError:
                continue  # one that cannot be read is not it
        return None

    async def _redeem(
        self, letter: InvitationText, issued: Issued, shown: CertificateInfo, id: str
    ) -> AsyncIterator[JoinStep]:
        where = letter.agents[0]
        yield JoinStep("reached", "now", Text(f"{where}에 연결 중", f"connecting to {where}"))
        project, cluster = letter.project, letter.cluster
        if not letter.complete:
            pending = self._profiles.root / f".joining-{id}"
            key = await asyncio.to_thread(_pending_key, pending)
            asking = make_request((), key)
            who = Identity(Role.INVITEE, shown.name, shown.cluster)
            tls = Tls(issued.ca, issued.certificate, issued.key, who, shown.not_after.timestamp())
            async with Client(letter.agents, tls, timeout=TIMEOUT) as client:
                begun = time.monotonic()
                try:
                    welcome = await client.access.join(asking.request)
                except Forbidden:
                    shutil.rmtree(pending, ignore_errors=True)  # this key will never get in
                    raise
            took = int((time.monotonic() - begun) * 1000)
            yield JoinStep(*("reached", "done"), Text(f"{where}, {took} ms", f"{where}, {took} ms"))
            issued = Issued(welcome.authority, welcome.certificate, asking.key)
            project, cluster = welcome.project, welcome.cluster
            self._keep(letter, issued, id, project, cluster)
            shutil.rmtree(pending, ignore_errors=True)
        else:
            self._keep(letter, issued, id, project, cluster)
        stays = Text("키 생성: 이 PC를 떠나지 않습니다", "key made: it stays on this computer")
        yield JoinStep("key", "done", stays)
        ends = f"{check_issued(issued).not_after:%Y-%m-%d}"
        text = Text(f"인증서 받음, {ends}까지", f"certificate received, until {ends}")
        yield JoinStep("certificate", "done", text)

    def _keep(
        self, letter: InvitationText, issued: Issued, id: str, project: str, cluster: str
    ) -> None:
        check_issued(issued)
        name = profile_name(project, cluster)
        replace_issued(issued, self._profiles.folder(name))
        self._profiles.keep(
            name, agents=letter.agents, project=project, cluster=cluster, invitation=id
        )
        if not self._profiles.current_name():
            self._profiles.use(name)


def _line(text: str) -> str:
    """Return the invitation within a text."""
    return next((word for word in text.split() if MARK in word), text.strip())


def _in_time(issued: Issued) -> CertificateInfo:
    shown = read_pem(issued.certificate, "the invitation")[0]
    if time.time() > shown.not_after.timestamp():
        raise PkiError(f"the invitation was good until {shown.not_after:%Y-%m-%d %H:%M} UTC")
    return shown


def _pending_key(pending: Path) -> bytes:
    """Return a key that is kept first: should the answer be lost, the same key may ask again."""
    path = pending / "tls.key"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_key(make_request().key, path)
    return path.read_bytes()


async def _caught_up(live: Live) -> tuple[int, int]:
    """Wait until the first records have come, and no more follow at once."""
    end, last, still = time.monotonic() + PATIENCE, -1, 0
    while time.monotonic() < end and still < 5:
        await asyncio.sleep(_LOOK)
        count = len(live.history) if live.history is not None else 0
        heard = live.heard.heard is not None
        still = still + 1 if heard and count == last else 0
        last = count
    return max(last, 0), live.today_bytes


def _failed(step: JoinStep, error: Exception) -> JoinStep:
    if isinstance(error, AlarminatiError):
        said = of_cluster(error).error
    else:
        text = str(error)
        said = Problem(400, "NOT_JOINED", f"가입하지 못했습니다: {text}", text).error
    place = step.step if step.state == "now" else _NEXT.get(step.step, step.step)
    return JoinStep(place, "failed", Text(said.ko, said.en), error=said)  # type: ignore[arg-type]


_NEXT: Final = {"read": "reached", "reached": "certificate", "key": "certificate"}
