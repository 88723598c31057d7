"""Korean for what invitations, profiles and revocations say. Taken in by `korean.py`."""

from __future__ import annotations

TEXTS = {
    "The invitation says project default; --project NAME says another.": (
        "초대장의 프로젝트는 default입니다. 다른 이름은 --project NAME으로 지정하세요."
    ),
    "Invite somebody with a text that works once.": (
        "새 사람을 초대합니다. 한 사람이 한 번 쓸 수 있는 글입니다."
    ),
    "Join a cluster by invitation.": "초대를 받아 클러스터에 참여합니다.",
    "List, choose or remove clusters that you joined.": (
        "참여한 클러스터를 보여 주고, 고르거나 지웁니다."
    ),
    "Let somebody in no more.": "더 이상 들여보내지 않습니다.",
    "List who is revoked and who is invited.": "폐기한 사람과 초대한 사람을 보여 줍니다.",
    "Renew your certificate now.": "내 인증서를 지금 갱신합니다.",
    "{role} {name} may join until {time}, once. On the new computer: alarminati join": (
        "{role} {name}: {time}까지 한 번 참여할 수 있습니다. 새 컴퓨터에서: alarminati join"
    ),
    "Whoever is first with this text gets in. To take it back: alarminati trust withdraw {id}": (
        "이 글을 먼저 쓰는 사람이 들어옵니다. 되돌리려면: alarminati trust withdraw {id}"
    ),
    "{file} holds certificate and key: carry it by hand.": (
        "{file} 파일에 인증서와 키가 들어 있습니다. 직접 옮기세요."
    ),
    "On the new computer: alarminati join {file}": "새 컴퓨터에서: alarminati join {file}",
    "Paste the invitation and press Enter:": "초대 글을 붙여 넣고 Enter를 누르세요:",
    "You are {role} {name} in {project}, cluster {cluster}, until {day}.": (
        "{project}의 {cluster} 클러스터에 {role} {name}(으)로 참여했습니다. {day}까지 유효합니다."
    ),
    "The invitation is used up. Your key lies in {folder}.": (
        "초대는 이제 쓸 수 없습니다. 키는 {folder}에 있습니다."
    ),
    "Your certificate and key lie in {folder}. Delete the file you joined with: it has the key,"
    " too.": ("인증서와 키는 {folder}에 있습니다. 참여에 쓴 파일에도 키가 들어 있으니 지우세요."),
    "Next: alarminati tail": "다음: alarminati tail",
    "{folder}: {role} {name}, good for cluster {cluster}, until {day}.": (
        "{folder}: {role} {name}, {cluster} 클러스터에서 {day}까지 유효"
    ),
    "{file} exists already; choose another folder": (
        "{file} 파일이 이미 있습니다. 다른 폴더를 고르세요"
    ),
    "No invitation was given.": "초대 글이 없습니다.",
    "This is no invitation to join with.": "참여할 수 있는 초대가 아닙니다.",
    "The invitation was good until {time}; ask for a new one.": (
        "초대는 {time}까지였습니다. 새 초대를 부탁하세요."
    ),
    "This computer's clock says {time}, which is too early.": (
        "이 컴퓨터의 시계가 {time}(으)로, 너무 이릅니다."
    ),
    "{name} is you: you would lock yourself out. If that is meant, add --yes.": (
        "{name}은(는) 본인입니다. 스스로 들어올 수 없게 됩니다. 그래도 하려면 --yes를 붙이세요."
    ),
    "{name} is not revoked.": "{name}은(는) 폐기되지 않았습니다.",
    "{name} is let in again.": "{name}을(를) 다시 들여보냅니다.",
    "{name} is let in no more; streams ended here: {ended}.": (
        "{name}을(를) 더 이상 들여보내지 않습니다. 여기서 끊은 스트림: {ended}개."
    ),
    "No certificate of that name was seen here; is it spelled right?": (
        "그 이름의 인증서를 여기서 본 적이 없습니다. 이름이 맞는지 확인하세요."
    ),
    "{role} {name} is let in no more either.": "{role} {name} 인증서도 폐기했습니다.",
    "Invitations that nobody can use any more: {count}.": (
        "이제 사용할 수 없게 된 초대: {count}개."
    ),
    "{role} {name} joined by an invitation of {by} and is still let in.": (
        "{role} {name} 사용자는 {by}의 초대로 참여했으며 아직 접속할 수 있습니다."
    ),
    "To revoke them, too: alarminati revoke {name} --with-invited": (
        "이들도 폐기하려면: alarminati revoke {name} --with-invited"
    ),
    "Nobody is revoked and nobody is invited.": "폐기된 사람도 초대한 사람도 없습니다.",
    "Nobody can join with invitation {id} any more.": "초대 {id}(으)로는 이제 참여할 수 없습니다.",
    "There is no certificate to renew; join first, or name its folder (--tls).": (
        "갱신할 인증서가 없습니다. 먼저 참여하거나 폴더(--tls)를 지정하세요."
    ),
    "{folder}: good until {day}.": "{folder}: {day}까지 유효합니다.",
    "You have joined no cluster yet: alarminati join": (
        "아직 참여한 클러스터가 없습니다: alarminati join"
    ),
    "{name} is in use: {agents}.": "{name} 프로필을 사용합니다: {agents}.",
    "{name} is removed.": "{name} 프로필을 지웠습니다.",
    "{folder}: an authority for {scope}": "{folder}: {scope} 인증 기관",
    "{folder}: {role} {name}, good for {scope}, {days} days": (
        "{folder}: {role} {name}, {scope}용, {days}일간 유효"
    ),
    "{folder}: a key for the agents of a cluster": "{folder}: 클러스터의 에이전트들이 함께 쓸 키",
    "cluster {name}": "{name} 클러스터",
    "any cluster": "모든 클러스터",
    "not of Alarminati": "Alarminati의 인증서가 아님",
    "good for": "사용처",
    "hosts": "호스트",
    "valid": "유효 기간",
    "fingerprint": "지문",
    "{begin} to {end}, {state}": "{begin}부터 {end}까지, {state}",
    "valid for {days} more days": "{days}일 남음",
    "EXPIRED": "만료됨",
    "NOT YET VALID": "아직 유효하지 않음",
}
