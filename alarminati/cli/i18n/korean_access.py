"""Korean for what invitations, profiles and revocations say. Taken in by `korean.py`."""

from __future__ import annotations

TEXTS = {
    "The invitation says project default; --project NAME says another.": (
        "초대장의 프로젝트는 default입니다. 다른 이름은 --project NAME으로 지정하세요."
    ),
    "Invite somebody with a text that works once.": (
        "일회용 초대장을 만들어 새 사용자를 초대합니다."
    ),
    "Join a cluster by invitation.": "초대장으로 클러스터에 가입합니다.",
    "List, choose or delete clusters that you joined.": (
        "가입한 클러스터를 조회, 선택, 삭제합니다."
    ),
    "Let somebody in no more.": ("특정 이름의 인증서로 접속하지 못하게 접근을 차단합니다."),
    "List who is let in, invited or revoked.": (
        "가입한 사람, 유효한 초대장, 접근이 차단된 인증서를 보여 줍니다."
    ),
    "Renew your certificate now.": "내 인증서를 지금 갱신합니다.",
    "{role} {name} may join until {time}, once. On the new computer: alarminati join": (
        "{role} {name} 초대장: {time}까지 한 번 가입할 수 있습니다. 새 컴퓨터에서 실행:"
        " alarminati join"
    ),
    "Whoever is first with this text gets in. To take it back:"
    " alarminati access cancel-invitation {id}": (
        "이 초대장을 먼저 쓴 사람이 가입합니다. 취소하려면:"
        " alarminati access cancel-invitation {id}"
    ),
    "{file} holds certificate and key: carry it by hand.": (
        "{file} 파일에 인증서와 키가 들어 있습니다. 직접 옮기세요."
    ),
    "On the new computer: alarminati join {file}": ("새 컴퓨터에서 실행: alarminati join {file}"),
    "Paste the invitation and press Enter:": "초대장을 붙여 넣고 Enter를 누르세요:",
    "You are {role} {name} in {project}, cluster {cluster}, until {day}.": (
        "{project} 프로젝트의 {cluster} 클러스터에 {role} {name} 인증서로 가입했습니다."
        " {day}까지 유효합니다."
    ),
    "The invitation is used up. Your key lies in {folder}.": (
        "초대장은 이제 쓸 수 없습니다. 키는 {folder}에 있습니다."
    ),
    "Your certificate and key lie in {folder}. Delete the file you joined with: it has the key,"
    " too.": ("인증서와 키는 {folder}에 있습니다. 가입에 쓴 파일에도 키가 들어 있으니 지우세요."),
    "Next: alarminati tail": "다음: alarminati tail",
    "{folder}: {role} {name}, good for cluster {cluster}, until {day}.": (
        "{folder}: {role} {name}, {cluster} 클러스터에서 {day}까지 유효"
    ),
    "{file} exists already; choose another folder": (
        "{file} 파일이 이미 있습니다. 다른 폴더를 지정하세요"
    ),
    "No invitation was given.": "초대장이 입력되지 않았습니다.",
    "This is no invitation to join with.": "가입할 수 있는 초대장이 아닙니다.",
    "The invitation was good until {time}; ask for a new one.": (
        "초대장이 {time}에 만료되었습니다. 새 초대장을 요청하세요."
    ),
    "This computer's clock says {time}, which is too early.": (
        "이 컴퓨터의 시계({time})가 초대장의 유효 기간보다 빠릅니다. 시계를 맞추세요."
    ),
    "{name} is you: you would lock yourself out. If that is meant, add --yes.": (
        "{name} 인증서는 본인의 것입니다. 차단하면 본인이 접속할 수 없습니다. 그래도 차단하려면"
        " --yes를 붙이세요."
    ),
    "{name} is not revoked.": "{name} 인증서는 차단되어 있지 않습니다.",
    "{name} is let in again.": ("{name} 인증서의 접근을 다시 허용했습니다."),
    "{name} is let in no more; streams ended here: {ended}.": (
        "{name} 인증서의 접근을 차단했습니다. 이 레플리카에서 끊은 스트림: {ended}개."
    ),
    "No certificate of that name was seen here; is it spelled right?": (
        "이 이름의 인증서로 접속한 기록이 없습니다. 이름이 맞는지 확인하세요."
    ),
    "{role} {name} is let in no more either.": ("{role} {name} 인증서의 접근도 차단했습니다."),
    "Invitations that nobody can use any more: {count}.": "취소된 초대장: {count}개.",
    "{role} {name} joined by an invitation of {by} and is still let in.": (
        "{role} {name} 인증서는 {by}의 초대장으로 가입했으며 아직 접속할 수 있습니다."
    ),
    "To revoke them, too: alarminati revoke {name} --include-invited": (
        "이 인증서들도 차단하려면: alarminati revoke {name} --include-invited"
    ),
    "Nobody is revoked and nobody is invited.": (
        "접근이 차단된 인증서나 유효한 초대장이 없습니다."
    ),
    "Nobody can join with invitation {id} any more.": "초대장 {id} 항목을 취소했습니다.",
    "There is no certificate to renew; join first, or name its folder (--tls).": (
        "갱신할 인증서가 없습니다. 먼저 가입하거나(`alarminati join`) 인증서 폴더를 --tls로"
        " 지정하세요."
    ),
    "{folder}: good until {day}.": "{folder}: {day}까지 유효합니다.",
    "You have joined no cluster yet: alarminati join": (
        "아직 가입한 클러스터가 없습니다: alarminati join"
    ),
    "{name} is in use: {agents}.": "{name} 프로필을 사용합니다: {agents}.",
    "{name} is deleted from this computer.": "이 컴퓨터에서 {name} 프로필을 삭제했습니다.",
    "{folder}: an authority for {scope}": "{folder}: {scope} 인증 기관",
    "{folder}: {role} {name}, good for {scope}, {days} days": (
        "{folder}: {role} {name}, 사용처는 {scope}, {days}일간 유효"
    ),
    "{folder}: a key for the agents of a cluster": "{folder}: 클러스터의 에이전트들이 함께 쓸 키",
    "cluster {name}": "{name} 클러스터",
    "any cluster": "모든 클러스터",
    "not of Alarminati": "Alarminati의 인증서가 아님",
    "good for": "사용처",
    "hosts": "호스트",
    "valid": "유효 기간",
    "fingerprint": "식별값",
    "{begin} to {end}, {state}": "{begin}부터 {end}까지, {state}",
    "valid for {days} more days": "{days}일 남음",
    "EXPIRED": "만료됨",
    "NOT YET VALID": "아직 유효하지 않음",
}
