"""Korean for what agents, the client and the command line refuse, and why.

The key is the English sentence as the code words it, with a name for each of its parts.
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "cert and key belong together; give both or none": (
        "cert와 key는 함께 써야 합니다. 둘 다 쓰거나 둘 다 빼세요"
    ),
    "sources share a token; make one for each with `tokens create`": (
        "여러 소스가 한 토큰을 씁니다. `tokens create`로 소스마다 하나씩 만드세요"
    ),
    "pull is missing; give cert and key that agents can verify": (
        "pull이 없습니다. 에이전트가 확인할 수 있는 cert와 key를 주세요"
    ),
    "ca is missing; without it only agents on this machine may pull": (
        "ca가 없습니다. ca 없이는 이 컴퓨터의 에이전트만 가져갈 수 있습니다"
    ),
    "room ({value}) must hold at least 1 MiB, and four bodies": (
        "room({value})은 1 MiB 이상이고 본문 네 개가 들어가야 합니다"
    ),
    "{key} is nothing that a relay takes; see the key sources": (
        "{key} 키는 릴레이에 쓸 수 없습니다. sources 키를 보세요"
    ),
    "only agents of {cluster} pull here": "{cluster}의 에이전트만 가져갈 수 있습니다",
    "another process uses the spool {folder}": "다른 프로세스가 {folder} 스풀을 사용 중입니다",
    "the spool {folder} cannot be used: {problem}": "{folder} 스풀을 사용할 수 없습니다: {problem}",
    "the spool cannot be written: {problem}": "스풀에 쓸 수 없습니다: {problem}",
    "the spool is full: {count} messages wait in {size} bytes of {total}": (
        "스풀이 가득 찼습니다: {total}바이트 중 {size}바이트에 {count}건 대기 중"
    ),
    "there is no heartbeat {name} in the configuration": "설정에 {name} 하트비트가 없습니다",
    "{address} cannot be reached: {problem}": "{address} 에이전트에 연결할 수 없습니다: {problem}",
    "{address} did not answer in time": "{address} 에이전트가 제한 시간 안에 응답하지 않았습니다",
    "{address} has gone silent": "{address} 에이전트의 응답이 끊겼습니다",
    "{address} ended the stream": "{address} 에이전트가 스트림을 끊었습니다",
    "{address} answered {code}: {problem}": (
        "{address} 에이전트의 응답을 이해할 수 없습니다({code}): {problem}"
    ),
    "none of {count} agents could be asked: {problem}": (
        "에이전트 {count}개 모두에 접속할 수 없습니다: {problem}"
    ),
    "the server there is not an agent of this cluster": (
        "그곳의 서버는 이 클러스터의 에이전트가 아닙니다"
    ),
    "the server there is not an agent": "그곳의 서버는 에이전트가 아닙니다",
    "the agent's certificate has expired": "에이전트의 인증서가 만료되었습니다",
    "the agent's certificate is not valid yet: check the clocks": (
        "에이전트의 인증서가 아직 유효하지 않습니다. 시계를 확인하세요"
    ),
    "the agent's certificate is of another authority than ours": (
        "에이전트 인증서의 인증 기관이 내 인증서와 다릅니다"
    ),
    "the server there does not speak TLS": "그곳의 서버가 TLS를 쓰지 않습니다",
    "it hung up at once; perhaps it demands TLS, or refuses our certificate (expired, or"
    " of another authority)": (
        "연결하자마자 끊어졌습니다. TLS를 요구하거나 내 인증서를 거부했을 수 있습니다(만료"
        " 또는 다른 인증 기관)"
    ),
    "the host has no address; is it spelled right?": (
        "호스트의 주소를 찾을 수 없습니다. 철자를 확인하세요"
    ),
    "no name server said what address the host has; is this computer on a network?": (
        "호스트의 주소를 알려 준 네임 서버가 없습니다. 네트워크 연결을 확인하세요"
    ),
    "nothing listens there (connection refused)": (
        "그 포트에서 대기 중인 프로그램이 없습니다(연결 거부)"
    ),
    "there is no cache of {domain} yet; `alarminati tail` makes one": (
        "{domain} 캐시가 아직 없습니다. `alarminati tail`을 실행하면 만들어집니다"
    ),
    "the cache {path} cannot be used: {problem}": "캐시 {path} 파일을 쓸 수 없습니다: {problem}",
    "there is no profile {name} (there are: {known})": (
        "{name} 프로필이 없습니다(있는 프로필: {known})"
    ),
    "{name} cannot name a profile: use up to 128 letters, digits, dots, - and _": (
        "{name} 대신 프로필 이름을 글자, 숫자, 점, -, _로 128자까지 쓰세요"
    ),
    "{file} names no profile (there are: {known}): choose one with `alarminati profiles use"
    " NAME`": (
        "{file} 파일에 적힌 프로필이 없습니다(있는 프로필: {known}). `alarminati profiles use"
        " NAME` 명령으로 하나를 고르세요"
    ),
    "{file} lacks agents, project or cluster; join again": (
        "{file} 파일에 agents, project, cluster 중 빠진 항목이 있습니다. 다시 가입하세요"
    ),
    "the profile {name} cannot be read ({file}): remove it with `alarminati profiles"
    " delete {again}`": (
        "{name} 프로필을 읽을 수 없습니다({file}). `alarminati profiles delete {again}`"
        " 명령으로 삭제하세요"
    ),
    "{file} cannot be written: {problem}": "{file} 파일에 쓸 수 없습니다: {problem}",
    "{call} needs role {needed}; this is {who}": (
        "{call} 호출에는 {needed} 역할이 필요합니다. 내 인증서는 {who}입니다"
    ),
    "nobody may call {method}": "{method} 호출은 누구에게도 허용되지 않습니다",
    "the certificate of {who} is for cluster {theirs}; this is {ours}": (
        "{who} 인증서는 {theirs} 클러스터용이고, 여기는 {ours} 클러스터입니다"
    ),
    "the certificates of {who} are revoked": "{who} 인증서의 접근이 차단되었습니다",
    "the certificate does not say who you are; issue one with `alarminati pki issue`": (
        "인증서에 이름과 역할이 없습니다. `alarminati pki issue`로 발급하세요"
    ),
    "the certificate that this connection was made with has expired; connect with a new one": (
        "이 연결에 쓴 인증서가 만료되었습니다. 새 인증서로 연결하세요"
    ),
    "the request cannot be read: it is damaged, or some text in it is not UTF-8": (
        "요청을 읽을 수 없습니다. 손상되었거나 UTF-8이 아닌 글자가 있습니다"
    ),
    "no alarm {id} is kept here": "{id} 알람이 없습니다",
    "alarm {id} is over": "{id} 알람은 이미 해소되었습니다",
    "or filter says which to end: give one of the two": (
        "해소할 대상을 ID 또는 옵션 하나로만 지정하세요"
    ),
    "fits every alarm; give a severity, a project or a matcher": (
        "모든 알람이 해당합니다. 심각도, 프로젝트, 매처 중 하나를 지정하세요"
    ),
    "no silence {id} is kept here": "사일런스 {id} 항목이 없습니다",
    "silence {id} is over; make a new one": "사일런스 {id} 항목은 끝났습니다. 새로 만드세요",
    "{count} silences are in force; end one first": (
        "사일런스 {count}개가 이미 적용 중입니다. 먼저 하나를 끝내세요"
    ),
    "{count} followers are connected already; try another replica": (
        "구독자 {count}명이 이미 연결되어 있습니다. 다른 레플리카에 연결하세요"
    ),
    "too many alarms are waiting; try again in {seconds} s": (
        "기다리는 알람이 너무 많습니다. {seconds}초 뒤에 다시 시도하세요"
    ),
    "the journal's disk is full; make room and try again": (
        "저널의 디스크가 가득 찼습니다. 공간을 확보하고 다시 시도하세요"
    ),
    "the journal's disk of this replica does not answer; ask another": (
        "이 레플리카의 저널 디스크가 응답하지 않습니다. 다른 레플리카에 접속하세요"
    ),
    "this replica is stopping; ask another": "레플리카가 종료되는 중입니다",
    "request id {id} was used for something else before; use each for one request only": (
        "요청 ID {id} 값은 다른 요청에 이미 쓰였습니다. 요청마다 다른 값을 쓰세요"
    ),
    "kept on {replicas} replica(s), {wanted} were asked for; it travels on": (
        "요청한 레플리카 {wanted}개 중 {replicas}개에 저장되었습니다. 나머지 복제는 계속됩니다"
    ),
    "there is no channel {name} (there are: {known})": (
        "{name} 채널이 없습니다(있는 채널: {known})"
    ),
    "the file has a channel {name}, which would count; change it there, or take another name": (
        "설정 파일에 있는 {name} 채널이 우선합니다. 파일에서 바꾸거나 다른 이름을 쓰세요"
    ),
    "this replica has no cluster_key to keep secrets with; make one with `alarminati pki"
    " init` and give it to all replicas": (
        "이 레플리카에 비밀 값을 지킬 cluster_key가 없습니다. `alarminati pki init`으로"
        " 만들어 모든 레플리카에 주세요"
    ),
    "{count} channels are registered already; delete one first": (
        "채널 {count}개가 이미 등록되어 있습니다. 먼저 하나를 삭제하세요"
    ),
    "channel {name} comes from the file; change it there": (
        "{name} 채널은 설정 파일에 있습니다. 파일에서 바꾸세요"
    ),
    "channel {name} is registered already; update it": (
        "{name} 채널은 이미 등록되어 있습니다. `alarminati channels update`로 바꾸세요"
    ),
    "nobody has registered channel {name} yet; create it": (
        "{name} 채널은 아직 등록되지 않았습니다. `alarminati channels create`로 등록하세요"
    ),
    "channel {name} cannot be changed here: {trouble}": (
        "{name} 채널을 여기서 바꿀 수 없습니다: {trouble}"
    ),
    "the file counts on channel {name}; take it out there first": (
        "설정 파일이 {name} 채널을 씁니다. 먼저 파일에서 빼세요"
    ),
    "there is no channel {name} any more; {id} cannot be resent": (
        "{name} 채널이 이제 없어 {id} 알림을 다시 보낼 수 없습니다"
    ),
    "there is no dead letter {id}": "전송 실패함에 {id} 알림이 없습니다",
    "no route leads to it, so nothing is sent; give it matchers or name it in a route": (
        "이 채널로 가는 전달 경로가 없어 아무것도 보내지 않습니다."
        " 매처를 주거나 전달 경로에 적으세요"
    ),
    "registered stands in the file only; name the kind of channel": (
        "registered는 설정 파일에서만 씁니다. 채널의 종류를 지정하세요"
    ),
    "there is no channel {name}": "{name} 채널이 없습니다",
    "goes in a circle ({circle}); cut it": ("대체 채널이 돌고 돕니다({circle}). 하나를 끊으세요"),
    "or channel says which dead letters: give one of the two": (
        "대상을 ID 또는 --channel 하나로만 지정하세요"
    ),
    "has {count}; at most {most} are taken at once": (
        "{count}개입니다. 한 번에 {most}개까지 쓸 수 있습니다"
    ),
    "must be one of {roles}": "다음 중 하나를 쓰세요: {roles}",
    "is {given}; it must lie between {least} and {most}": (
        "{given} 값은 {least}에서 {most} 사이여야 합니다"
    ),
    "is longer than {most} characters": "{most}자까지 쓸 수 있습니다",
    "the invitation is not known here (any more); ask for a new one": (
        "등록되지 않은 초대장입니다. 새 초대장을 요청하세요"
    ),
    "the invitation is over; ask for a new one": "초대장이 만료되었습니다. 새 초대장을 요청하세요",
    "the invitation was withdrawn; ask who invited you": (
        "초대장이 취소되었습니다. 초대한 사람에게 문의하세요"
    ),
    "the invitation is over, for who wrote it is revoked; ask another operator for a new one": (
        "초대한 사람의 접근이 차단되어 쓸 수 없는 초대장입니다. 다른 운영자에게 새 초대장을"
        " 요청하세요"
    ),
    "the invitation is used up: somebody joined with it already; if that was not you,"
    " tell who invited you to revoke it at once": (
        "이미 누군가 가입에 쓴 초대장입니다. 본인이 아니라면 초대한 사람에게 바로 접근을"
        " 차단하라고 알리세요"
    ),
    "the invitation was used by two computers, so its text was stolen and what it fetched"
    " is revoked; ask for a new one under another name": (
        "컴퓨터 두 대에서 쓰인, 유출된 초대장입니다. 이 초대장으로 받은 인증서는"
        " 차단했습니다. 다른 이름으로 새 초대장을 요청하세요"
    ),
    "{name} is that of a {role} who is revoked, and who would be let in again with it;"
    " choose another name": (
        "{name} 이름의 {role} 인증서는 접근이 차단되어 있습니다. 다른 이름을 쓰세요"
    ),
    "{who} is revoked; ask who invited you": (
        "{who} 인증서의 접근이 차단되었습니다. 초대한 사람에게 문의하세요"
    ),
    "somebody joined with it as {who}; revoke that instead": (
        "이미 {who} 이름으로 가입에 쓰였습니다. 그 인증서의 접근을 차단하세요"
    ),
    "there is no invitation {id}": "초대장 {id} 항목이 없습니다",
    "{role} {name} is not revoked": "{role} {name} 인증서는 차단되어 있지 않습니다",
    "without TLS there is no certificate to renew": "TLS를 쓰지 않아 갱신할 인증서가 없습니다",
    "agent {name} is the replica that answers, which would lock itself out; ask another"
    " one, or, where all share one certificate, replace that: see docs/trust.md": (
        "agent {name} 인증서는 응답한 레플리카의 것이라 스스로를 차단하게 됩니다. 다른"
        " 레플리카에 접속하거나, 모두 같은 인증서를 쓴다면 인증서를 바꾸세요(docs/trust.md)"
    ),
    "{name} brought you in, too, so you would lock yourself out; revoke {again} without"
    " those invited, or let another operator do it": (
        "{name} 인증서의 초대로 가입했으므로 본인도 차단됩니다. 초대된 인증서를 빼고 {again}"
        " 인증서만 차단하거나 다른 운영자에게 맡기세요"
    ),
    "is empty; say what happened": "내용이 없습니다. 무슨 일인지 적으세요",
    "has {count} characters; at most {most} are allowed": (
        "{count}자입니다. {most}자까지 쓸 수 있습니다"
    ),
    "is {days} days ahead; at most 1 is allowed": (
        "{days}일 뒤의 시각입니다. 1일 뒤까지 쓸 수 있습니다"
    ),
    "is {days} days old; at most {most} are allowed": (
        "{days}일 전의 시각입니다. {most}일 전까지 쓸 수 있습니다"
    ),
    "{text} is not one of CRITICAL, ERROR, WARNING and INFO": (
        "{text} 대신 CRITICAL, ERROR, WARNING, INFO 중 하나를 쓰세요"
    ),
    "{text} is not a time": "{text} 값은 시각이 아닙니다",
    "{text} is not a time with its offset, such as 2025-09-18T12:42:00+09:00": (
        "{text} 대신 2025-09-18T12:42:00+09:00처럼 시간대가 있는 시각을 쓰세요"
    ),
    "{text} is no moment of any calendar": "{text} 값은 달력에 없는 시각입니다",
    "is {ttl}; 0 to {most} seconds (30 days) are taken": (
        "{ttl}초입니다. 0초에서 {most}초(30일)까지 쓸 수 있습니다"
    ),
    "takes {part} bytes of the {size} of this alarm; at most {most} in all are allowed"
    " (limits.alarm_size)": (
        "이 알람 {size}바이트 중 {part}바이트를 차지합니다. 모두 합쳐 {most}바이트까지 쓸 수"
        " 있습니다"
    ),
    "holds a tab or newline; one line of text was expected": (
        "탭이나 줄 바꿈이 있습니다. 한 줄로 쓰세요"
    ),
    "holds a control character": "제어 문자가 있습니다",
    "holds half a surrogate pair, which is no Unicode text": (
        "서로게이트 문자가 짝이 맞지 않아 유니코드 글자가 아닙니다"
    ),
    "{text} is not an http or https address": "{text} 값은 http 또는 https 주소가 아닙니다",
    "{count} pairs; at most {most} are allowed": "{count}쌍입니다. {most}쌍까지 쓸 수 있습니다",
    "the name {name} holds nothing but control characters": "{name} 이름에 제어 문자만 있습니다",
    "a pair has an empty name": "이름이 비어 있는 쌍이 있습니다",
    "is given twice": "두 번 주었습니다",
    "lies in the past; leave it out to begin now": "지난 시각입니다. 지금 시작하려면 주지 마세요",
    "must lie after the start and after now": "시작과 지금보다 뒤여야 합니다",
    "fit no time between the start and the end": "시작과 끝 사이에 해당하는 시각이 없습니다",
    "say what to silence: either MATCHER or --alarm ID": (
        "무엇의 알림을 끌지 MATCHER 또는 --alarm ID 중 하나로 지정하세요"
    ),
    "say why with --comment; others will want to know": (
        "다른 사람이 알 수 있도록 --comment로 이유를 적으세요"
    ),
    "--location goes with --times or --weekdays": (
        "--location은 --times 또는 --weekdays와 함께 쓰세요"
    ),
    "lies before 1970 or after 2099": "1970년 전이거나 2099년 뒤입니다",
    "goes with alarm; one that is kept is explained as it is now": (
        "alarm과 함께 쓰세요. 보관된 알람은 지금 상태로 설명합니다"
    ),
    "is empty; give id or alarm": "비어 있습니다. id나 alarm을 주세요",
    "give the ID of an alarm, or --label of one that would fire": (
        "알람의 ID와, 발생할 알람의 --label 중 하나만 쓰세요"
    ),
    "say which alarm: its ID, or --label of one that would fire": (
        "어떤 알람인지 ID 또는 발생할 알람의 --label로 지정하세요"
    ),
    "source=... is known to a file only; add --config FILE": (
        "source=...는 파일로만 알아볼 수 있습니다. --config FILE을 붙이세요"
    ),
    "lies more than 3660 days in the past, or more than 1 day ahead": (
        "3660일보다 오래되었거나 하루보다 뒤의 시각입니다"
    ),
    "must lie after the start, and at most 366 days after it": (
        "시작보다 뒤이고 366일 안이어야 합니다"
    ),
    "lies more than 366 days after the start": "시작에서 366일이 넘습니다",
    "must say why, in 1 to {most} characters": "이유를 1자에서 {most}자까지 적으세요",
    "is empty; it is the note": "비어 있습니다. 메모 내용을 주세요",
    "must be a name of at most {count} characters; leave it out for nobody": (
        "{count}자 이하의 이름이어야 합니다. 담당자를 비우려면 생략하세요"
    ),
    "has {count}; give 1 to {most}": "{count}개입니다. 1개에서 {most}개까지 주세요",
    "would fit alarms without any label; one must demand something": (
        "레이블이 없는 알람까지 해당하게 됩니다. 값을 요구하는 매처를 하나 이상 쓰세요"
    ),
    "has more than {most} characters": "{most}자까지 쓸 수 있습니다",
    "not an entry id: {text} (expected ORIGIN-SEQUENCE)": (
        "{text} 값은 7h3kq0zp-42 같은 ID가 아닙니다"
    ),
    "not a matcher: {text} (expected a label, one of = != =~ !~, and a value, in quotes"
    ' when it has a comma: host=~"web.*")': (
        "{text} 값은 매처가 아닙니다. 레이블, = != =~ !~ 중 하나, 값을 쓰고, 쉼표가 있으면"
        ' 따옴표로 묶으세요: host=~"web.*"'
    ),
    "matcher on {name}: regular expressions need another package: pip install google-re2": (
        "{name} 매처: 정규식을 쓰려면 패키지가 더 필요합니다: pip install google-re2"
    ),
    "matcher on {name}: put the whole of {value} in quotes": (
        "{name} 매처: {value} 값 전체를 따옴표로 묶으세요"
    ),
    "matcher on {name}: the expression is over {most} characters": (
        "{name} 매처: 정규식은 {most}자까지 쓸 수 있습니다"
    ),
    "matcher on {name}: the quotes of {value} do not close it": (
        "{name} 매처: {value} 값의 따옴표가 닫히지 않았습니다"
    ),
    "matcher on {name}: {text}: {problem}": (
        "{name} 매처: {text} 정규식이 올바르지 않습니다: {problem}"
    ),
    "type: there is no channel type {name} (known: {known})": (
        "type: {name} 종류의 채널은 없습니다(쓸 수 있는 종류: {known})"
    ),
    "a matcher needs the name of a label": "매처에 레이블 이름이 없습니다",
    "expected one matcher, not {count}: {text}": "매처 하나를 써야 하는데 {count}개입니다: {text}",
    "not matchers: {text} (the brace is never closed)": (
        "{text} 값은 매처가 아닙니다(중괄호가 닫히지 않음)"
    ),
    "{number} has no unit; write {seconds}s, {minutes}m or {hours}h": (
        "{number} 값에 단위가 없습니다. {seconds}s, {minutes}m, {hours}h처럼 쓰세요"
    ),
    "must be more than nothing": "0보다 커야 합니다",
    "{text} is not of the form NAME=VALUE": "{text} 값은 NAME=VALUE 형식이 아닙니다",
    "{text} is not of the form HOST:PORT": "{text} 값은 HOST:PORT 형식이 아닙니다",
    "{name} is given twice, with two values": "{name} 이름에 서로 다른 값을 두 번 주었습니다",
    "say how long: either --for DURATION or --until TIME": (
        "--for DURATION 또는 --until TIME 중 하나로 기간을 지정하세요"
    ),
    "say what to change, such as --set KEY=VALUE or --match MATCHER": (
        "바꿀 것을 주세요(예: --set KEY=VALUE, --match MATCHER)"
    ),
    "--all drops matchers and severity; give it without them": (
        "--all은 매처와 심각도를 없앱니다. 함께 쓸 수 없습니다"
    ),
    "there is no channel type {type}": "{type}이라는 채널 종류가 없습니다",
    "is not one of the settings; it is given as {field}": (
        "설정 항목이 아닙니다. {field}로 지정하세요"
    ),
    "say which: either ids, or --channel NAME for all of a channel": (
        "ID를 주거나, 채널 전체라면 --channel NAME을 주세요"
    ),
    "--set {key}: expected KEY=VALUE": "--set {key}: KEY=VALUE 형식으로 쓰세요",
    "{key} is secret, and everybody sees what a program is called with; give --set"
    " {again}=- to be asked for it, or --file": (
        "{key} 항목은 비밀 값이라 누구나 볼 수 있는 명령행에 적을 수 없습니다. --set"
        " {again}=- 로 입력을 요청받거나 --file을 쓰세요"
    ),
    "ca: the file {file} cannot be read: {problem}": (
        "ca: {file} 파일을 읽을 수 없습니다: {problem}"
    ),
    "it is not a certificate in PEM": "PEM 인증서가 아닙니다",
    "{key}: nothing was given on standard input": "{key}: 표준 입력으로 받은 값이 없습니다",
    "{address} is not on this computer, and without certificates only this computer may"
    " be asked; name their folder with --tls": (
        "{address} 주소는 이 컴퓨터가 아닙니다. 인증서가 없으면 이 컴퓨터의 에이전트에만"
        " 접속할 수 있으니 --tls로 인증서 폴더를 지정하세요"
    ),
    "{address} means this computer only; say with --domain HOST:PORT where the newcomer"
    " reaches the agents": (
        "{address} 주소는 이 컴퓨터에서만 통합니다. 새 사용자가 접속할 주소를 --domain"
        " HOST:PORT로 지정하세요"
    ),
    "--project goes with --offline; the agents know their own": (
        "--project는 --offline과 함께 씁니다. 프로젝트는 에이전트가 알고 있습니다"
    ),
    "--offline asks no agent, so it needs the authority: give --ca DIR": (
        "--offline은 에이전트에 접속하지 않으므로 인증 기관이 필요합니다. --ca DIR을 주세요"
    ),
    "--for does not go with --offline: the file is good for --days": (
        "--for는 --offline과 함께 쓸 수 없습니다. 파일의 유효 기간은 --days입니다"
    ),
    "--out makes no profile, so it does not go with --profile": (
        "--out은 프로필을 만들지 않으므로 --profile과 함께 쓸 수 없습니다"
    ),
    "--include-invited revokes and --undo takes back; give one of them": (
        "--include-invited는 차단하고 --undo는 취소합니다. 둘 중 하나만 쓰세요"
    ),
    "say what to change: MATCHER, --for, --until, --from or --comment": (
        "바꿀 것을 지정하세요: MATCHER, --for, --until, --from, --comment"
    ),
    "unexpected {error}; ALARMINATI_DEBUG=1 shows where": (
        "예상하지 못한 오류입니다({error}). ALARMINATI_DEBUG=1을 주면 어디서 생겼는지 보여 줍니다"
    ),
    "{problem}; check the channel's settings": "{problem}. 채널 설정을 확인하세요",
    "no answer from {host} within {seconds} s": (
        "{host} 서버가 {seconds}초 안에 응답하지 않았습니다"
    ),
    "{host} refused the connection": "{host} 서버가 연결을 거부했습니다",
    "the name {host} cannot be resolved": "{host} 이름의 주소를 찾을 수 없습니다",
    "cannot connect to {host}": "{host} 서버에 연결할 수 없습니다",
    "no TLS connection with {host} could be made": "{host} 서버와 TLS 연결을 맺을 수 없습니다",
    "the certificate of {host} is not to be trusted: {problem}": (
        "{host} 서버의 인증서를 신뢰할 수 없습니다: {problem}"
    ),
    "{host} answered something that is not HTTP": "{host} 서버의 응답이 HTTP가 아닙니다",
    "{host} closed the connection before it answered in full": (
        "{host} 서버가 응답을 마치기 전에 연결을 끊었습니다"
    ),
}
