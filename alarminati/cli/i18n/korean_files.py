"""Korean for what is wrong with configurations, certificates and other files."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "cert and key belong together; give both or none": (
        "cert와 key는 함께 주거나 둘 다 주지 마세요"
    ),
    "room ({size}) must hold at least 1 MiB, and four bodies": (
        "room({size})은 1 MiB 이상이고 본문 네 개가 들어가야 합니다"
    ),
    "sources share a token; make one for each with `tokens create`": (
        "소스가 토큰을 함께 씁니다. `tokens create`로 하나씩 만드세요"
    ),
    "{name} is nothing that a relay takes; see the key sources": (
        "{name} 항목은 릴레이가 받지 않습니다. sources 항목을 보세요"
    ),
    "No such file or directory": "파일이나 폴더가 없습니다",
    "Connection refused": "연결이 거부되었습니다",
    "the file {file} cannot be read: {problem}": "{file} 파일을 읽을 수 없습니다: {problem}",
    "{file} cannot be read: {problem}": "{file} 파일을 읽을 수 없습니다: {problem}",
    "cannot be used: {problem}": "사용할 수 없습니다: {problem}",
    "{path} is not a folder": "{path} 경로는 폴더가 아닙니다",
    "cannot be read: {problem}": "읽을 수 없습니다: {problem}",
    "{file}: cannot write: {problem}": "{file} 파일에 쓸 수 없습니다: {problem}",
    "it is a {kind}; name a regular file": "일반 파일이 아닙니다({kind}). 일반 파일을 지정하세요",
    "it is larger than {limit} bytes; is it the right file?": (
        "{limit}바이트보다 큽니다. 맞는 파일인지 확인하세요"
    ),
    "there is no such file; check the path": "파일이 없습니다. 경로를 확인하세요",
    "is not UTF-8 text": "UTF-8 글자가 아닙니다",
    "is not YAML that can be read": "읽을 수 있는 YAML이 아닙니다",
    "here is a tab; YAML wants spaces": "탭이 있습니다. YAML에서는 공백을 쓰세요",
    "must hold keys with values, such as project: shop": (
        "project: shop처럼 키와 값으로 이루어져야 합니다"
    ),
    "the key {key} is given twice": "{key} 항목이 두 번 있습니다",
    "token or hmac is missing; `alarminati tokens create` makes a token and its line": (
        "token이나 hmac이 없습니다. `alarminati tokens create`가 토큰과 설정 줄을 만들어 줍니다"
    ),
    "message is missing; write the path of the text, such as alert.title, or a preset": (
        "message 항목이 없습니다. alert.title처럼 글자가 있는 경로를 쓰거나 preset을 쓰세요"
    ),
    "preset is {preset} but {key} is given; remove one of them": (
        "preset이 {preset}인데 {key} 항목도 있습니다. 하나를 지우세요"
    ),
    "status {text} is neither 200, 2xx nor 200-299": (
        "status 값 {text} 대신 200, 2xx, 200-299처럼 쓰세요"
    ),
    "status must lie between 100 and 599": "status는 100에서 599 사이여야 합니다",
    "{key} is for http and https only; remove it": "{key} 항목은 http와 https에만 씁니다. 지우세요",
    "in is empty; list the words for an alarm that is over": (
        "in이 비어 있습니다. 해소를 뜻하는 단어를 쓰세요"
    ),
    "the word {word}: {problem}": "단어 {word}: {problem}",
    "{text} is neither a path such as alert.name nor a template, which has members in double"
    " braces": "{text} 값은 alert.name 같은 경로도, 이중 중괄호로 쓰는 템플릿도 아닙니다",
    "the name {name} is that of a preset; use it, or rename the source": (
        "{name} 이름은 프리셋의 이름입니다. 그 프리셋을 쓰거나 소스 이름을 바꾸세요"
    ),
    "no source or preset {name} has a map (there are: {known})": (
        "{name} 소스나 프리셋이 없습니다(있는 이름: {known})"
    ),
    "{text} is not NAME:VALUE": "{text} 값은 NAME:VALUE 형식이 아닙니다",
    "nobody understands this body ({problem}); its text is kept as a WARNING": (
        "이 본문을 이해할 수 없어({problem}) 글자만 WARNING으로 남깁니다"
    ),
    "severity: {word} is not known; {level} is taken": (
        "severity: {word} 단어를 몰라서 {level}로 합니다"
    ),
    "time: {text} is no time; the time of arrival counts": (
        "time: {text} 값은 시각이 아니라서 도착 시각을 씁니다"
    ),
    "{place} is empty: there is no alarm in it": "{place} 목록이 비어 있어 알람이 없습니다",
    "is missing: a list of alarms or one alarm was expected": (
        "없습니다. 알람 하나나 알람 목록이 있어야 합니다"
    ),
    "no text for the message ({rule})": "메시지로 쓸 글자가 없습니다({rule})",
    "is missing or empty": "없거나 비어 있습니다",
    "unknown key": "알 수 없는 항목입니다",
    "{key} is missing": "{key} 항목이 없습니다",
    "is missing": "값이 없습니다",
    "expected text": "글자여야 합니다",
    "a whole number": "정수",
    "a number": "숫자",
    "true or false": "true 또는 false",
    "keys with values": "키와 값",
    "a list": "목록",
    "text": "글자",
    "nothing": "빈 값",
    "{value} is not a duration; write for example 15s, 5m or 1h30m": (
        "{value} 대신 15s, 5m, 1h30m처럼 기간을 쓰세요"
    ),
    "{value} is not a duration from 0 to 300 years": (
        "{value} 값은 0에서 300년 사이의 기간이 아닙니다"
    ),
    "{value} is not a size; write for example 64kB or 4MiB": (
        "{value} 대신 64kB, 4MiB처럼 크기를 쓰세요"
    ),
    "{value} is not HOST:PORT; write for example 0.0.0.0:7443": (
        "{value} 값은 HOST:PORT 형식이 아닙니다. 0.0.0.0:7443처럼 쓰세요"
    ),
    "{value} is not HOST:PORT; write IPv6 as [::1]:7443": (
        "{value} 값은 HOST:PORT 형식이 아닙니다. IPv6는 [::1]:7443처럼 쓰세요"
    ),
    "tls.mode is insecure; anybody on this machine may report and read alarms": (
        "tls.mode가 insecure입니다. 이 컴퓨터의 누구나 알람을 보고하고 조회할 수 있습니다"
    ),
    "tls.mode is insecure but {key} is {address}; use 127.0.0.1 or certificates": (
        "tls.mode가 insecure인데 {key} 주소가 {address}입니다. 127.0.0.1이나 인증서를 쓰세요"
    ),
    "{key} {name} must be 1 to 64 letters a to z, digits, dots, dashes or underscores,"
    " for it stands in certificates": (
        "{key} {name} 이름은 인증서에 들어가므로 영문자, 숫자, 점, 붙임표, 밑줄 1자에서"
        " 64자여야 합니다"
    ),
    "{key}[{place}] is named {name} like an earlier one; rename it": (
        "{key}[{place}] 항목의 이름 {name}을 앞에서 이미 썼습니다. 다른 이름을 쓰세요"
    ),
    "the variable {name} is not set or empty; set it": (
        "환경 변수 {name} 값이 없습니다. 설정하세요"
    ),
    "the file {file} is empty": "{file} 파일이 비어 있습니다",
    "the file {file} holds no certificate in PEM": "{file} 파일에 PEM 인증서가 없습니다",
    "everybody sees what a program is called with; give file:PATH": (
        "명령행은 누구나 볼 수 있습니다. file:PATH로 주세요"
    ),
    "is missing; give ca, cert and key, or one folder that has them (alarminati pki issue"
    " makes it), or mode: insecure to try it on this machine alone": (
        "값이 없습니다. ca, cert, key 또는 이들이 있는 폴더(alarminati pki issue가"
        " 만듭니다)를 주거나, 이 컴퓨터에서만 시험하려면 mode: insecure로 하세요"
    ),
    "{name} is no setting and is ignored; did you mean {prefix}{near}?": (
        "{name} 변수는 설정이 아니라 무시합니다. 혹시 {prefix}{near} 아닌가요?"
    ),
    "channels[{place}]: route.channels names {name}, so that its match and min_severity bring it"
    " nothing more": (
        "channels[{place}]: route.channels에 {name} 채널이 있어 match와 min_severity를 주어도 더"
        " 받는 알람이 없습니다"
    ),
    "channels[{place}]: no route names {name}, so nothing is sent there": (
        "channels[{place}]: {name} 채널로 가는 전달 경로가 없어 아무것도 보내지 않습니다"
    ),
    "{key}.routes[{place}] takes every alarm, so those after it get none; give it"
    " matchers, or continue: true": (
        "{key}.routes[{place}] 경로가 모든 알람을 받아 뒤의 경로에는 알람이 가지 않습니다."
        " 매처를 주거나 continue: true로 하세요"
    ),
    "time_intervals[{place}]: no route names {name}, so it has no effect": (
        "time_intervals[{place}]: {name} 시간대를 쓰는 전달 경로가 없습니다"
    ),
    "url must be an address without spaces or characters outside ASCII": (
        "url은 공백이나 ASCII가 아닌 글자가 없는 주소여야 합니다"
    ),
    "url is not an http or https address (expected https://HOST/PATH)": (
        "url은 http 또는 https 주소가 아닙니다(예: https://HOST/PATH)"
    ),
    "tls: {file} ends in {days} days; renew it": (
        "tls: {file} 인증서는 {days}일 뒤에 만료됩니다. 갱신하세요"
    ),
    "the journal folder {path} is in use by another agent; stop that one or choose"
    " another folder with `data`": (
        "저널 폴더 {path} 경로를 다른 에이전트가 쓰고 있습니다. 그 에이전트를 끝내거나"
        " `data`로 다른 폴더를 지정하세요"
    ),
    "the journal folder {path} cannot be used: {problem}; make it writable for this user"
    " or choose another with `data`": (
        "저널 폴더 {path} 경로를 쓸 수 없습니다: {problem}. 이 사용자에게 쓰기 권한을 주거나"
        " `data`로 다른 폴더를 지정하세요"
    ),
    "cannot listen on {host}:{port}: {problem}": (
        "{host}:{port} 주소에서 대기할 수 없습니다: {problem}"
    ),
    "another program uses it; stop that or choose another port": (
        "다른 프로그램이 쓰고 있습니다. 그 프로그램을 끝내거나 다른 포트를 지정하세요"
    ),
    "it takes more rights; choose a port from 1024 up": (
        "권한이 부족합니다. 1024 이상의 포트를 지정하세요"
    ),
    "this machine has no such address": "이 컴퓨터에 없는 주소입니다",
    "{address} is not on this computer, and without TLS only loopback is allowed; give"
    " certificates (make them with `alarminati pki`)": (
        "{address} 주소는 이 컴퓨터가 아닙니다. TLS가 없으면 루프백만 쓸 수 있으니 인증서를"
        " 주세요(`alarminati pki`로 만듭니다)"
    ),
    "{path} is not a {kind} in PEM": "{path} 파일은 PEM 형식이 아닙니다({kind})",
    "{path}: cannot read the {kind}: {problem}": (
        "{path} 파일을 읽을 수 없습니다({kind}): {problem}"
    ),
    "{key} is not the key of {certificate}": "{key} 파일은 {certificate} 인증서의 키가 아닙니다",
    "{certificate} or {key} is damaged, or the key is encrypted": (
        "{certificate} 또는 {key} 파일이 손상되었거나 키가 암호화되어 있습니다"
    ),
    "{certificate} names no role: it needs exactly one URI name": (
        "{certificate} 인증서에 역할이 없습니다. URI 이름이 정확히 하나 있어야 합니다"
    ),
    "the certificate is for {who}, but an agent needs one of role agent; issue it with"
    " `alarminati pki issue --role agent`": (
        "{who} 인증서입니다. 에이전트에는 agent 역할의 인증서가 필요하니 `alarminati pki"
        " issue --role agent`로 발급하세요"
    ),
    "the certificate is for cluster {theirs}, but this agent's cluster is {ours}": (
        "인증서는 {theirs} 클러스터용이고 이 에이전트의 클러스터는 {ours}입니다"
    ),
    "{place} does not exist; make an authority with `alarminati pki init --out {folder}`": (
        "{place} 파일이 없습니다. `alarminati pki init --out {folder}` 명령으로 인증 기관을"
        " 만드세요"
    ),
    "{file} exists already; choose another folder or use --force": (
        "{file} 파일이 이미 있습니다. 다른 폴더를 지정하거나 --force를 쓰세요"
    ),
    "{name} cannot name a cluster: use up to 63 letters a to z, digits, - and _": (
        "{name} 대신 클러스터 이름을 영문자, 숫자, -, _로 63자까지 쓰세요"
    ),
    "{name} cannot be a name: use up to 64 letters a to z, digits, dots, - and _": (
        "{name} 대신 이름을 영문자, 숫자, 점, -, _로 64자까지 쓰세요"
    ),
    "this authority is for cluster {ours} and cannot issue for {theirs}": (
        "이 인증 기관은 {ours} 클러스터용이라 {theirs} 클러스터의 인증서를 발급할 수 없습니다"
    ),
    "only an agent's certificate carries hosts, not that of a {role}": (
        "호스트는 에이전트의 인증서에만 넣을 수 있습니다({role} 인증서에는 넣을 수 없습니다)"
    ),
    "{path} holds no certificate (*.crt)": "{path} 폴더에 인증서(*.crt)가 없습니다",
    "{file} is not a certificate in PEM": "{file} 파일은 PEM 인증서가 아닙니다",
    "this is not an invitation: its text begins with {mark}": (
        "초대장이 아닙니다. 초대장은 {mark} 글자로 시작합니다"
    ),
    "this is not an invitation: it is too long": "초대장이 아닙니다. 너무 깁니다",
    "the invitation is of a later version; upgrade alarminati": (
        "더 새로운 버전의 초대장입니다. alarminati를 업그레이드하세요"
    ),
}

PARTS: dict[str, str] = {
    "it answered {status}": "{status} 응답을 받았습니다",
    "none": "없음",
    "{key} {name} must be 1 to 64 letters, digits, dots, dashes or underscores, of any script": (
        "{key} {name} 이름은 글자(한글 등 모든 문자), 숫자, 점, 붙임표, 밑줄 1자에서"
        " 64자여야 합니다"
    ),
    "{key} {name} must begin and end with a letter or digit": (
        "{key} {name} 이름은 글자나 숫자로 시작하고 끝나야 합니다"
    ),
    "Permission denied": "권한이 없습니다",
    "File exists": "이미 있습니다",
    "Is a directory": "폴더입니다",
    "Not a directory": "폴더가 아닙니다",
    "No space left on device": "디스크 공간이 부족합니다",
    "Read-only file system": "읽기 전용 파일 시스템입니다",
    "line {line}, column {column}: {problem}": "{line}번째 줄 {column}번째 칸: {problem}",
    "did you mean {near}?": "혹시 {near} 아닌가요?",
    "{problem} (known: {names})": "{problem} (쓸 수 있는 값: {names})",
    "{value} is not known": "{value} 값은 알 수 없습니다",
    "must have at least {bound}": "{bound}개 이상 있어야 합니다",
    "must be at least {bound}": "{bound} 이상이어야 합니다",
    "alarm_size ({size}) must be 16KiB to 64KiB": (
        "alarm_size({size})는 16KiB 이상 64KiB 이하여야 합니다"
    ),
    "must be at most {bound}": "{bound} 이하여야 합니다",
    "cert and key belong together; give both or none": (
        "cert와 key는 함께 있어야 합니다. 둘 다 쓰거나 둘 다 빼세요"
    ),
    "room ({room}) must hold at least 1 MiB, and four bodies": (
        "room({room})은 1 MiB 이상이고 본문 네 개를 담을 수 있어야 합니다"
    ),
    "sources share a token; make one for each with `tokens create`": (
        "소스들이 토큰 하나를 함께 씁니다. `tokens create`로 하나씩 만드세요"
    ),
    "{key} is nothing that a relay takes; see the key sources": (
        "{key}에서 오는 것은 릴레이가 받지 않습니다. sources 키를 보세요"
    ),
    "expected {wanted}, got {given}": "{wanted} 값이 필요한데 {given} 값입니다",
    "put it in quotes": "따옴표로 묶으세요",
    "{key} names {name}, which is not in {kind}": "{key} 항목의 {name} 이름은 없습니다: {kind}",
}
"""What the system says, and what is put together from parts: no one text of the code."""
