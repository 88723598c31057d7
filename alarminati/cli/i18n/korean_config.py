"""Korean for what configurations, routes and channels get wrong.

The key is the English sentence as the code words it, with a name for each of its parts.
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "settings have {size} bytes; {settingslimit} are allowed": (
        "설정이 {size}바이트입니다. {settingslimit}바이트까지 쓸 수 있습니다"
    ),
    "{key}: is nested too deeply": ("{key}: 너무 깊이 중첩되었습니다"),
    "{key}: {kind}: is not for registered channels, for replicas differ in it; give the"
    " text itself, it is kept sealed": (
        "{key}: {kind}: 레플리카마다 다르므로 등록하는 채널에는 쓸 수 없습니다. 값을 직접"
        " 넣으세요. 봉인해서 보관합니다"
    ),
    "settings hold more than {values} values": ("설정에 값이 {values}개보다 많습니다"),
    "what was registered cannot be read": ("등록된 내용을 읽을 수 없습니다"),
    "{key}: must be a number": ("{key}: 숫자여야 합니다"),
    "{settings}: is for who registers it": ("{settings}: 등록하는 사람이 정하는 항목입니다"),
    "match and min_severity are for who registers it": (
        "match와 min_severity는 등록하는 사람이 정합니다"
    ),
    "url is not an address of Apprise (expected SCHEME://...)": (
        "url이 Apprise 주소가 아닙니다(예: SCHEME://...)"
    ),
    "length ({length}) must lie between {ROOM} and 30000 characters": (
        "length({length}) 값은 {ROOM}~30000자여야 합니다"
    ),
    "a header is not one": ("헤더가 아닌 것이 있습니다"),
    "per_day ({perday}) must lie between 1 and 30000": (
        "per_day({perday}) 값은 1~30000이어야 합니다"
    ),
    "friends must be up to five uuids, as the list of friends shows them": (
        "friends에는 친구 목록에 나오는 uuid를 다섯 개까지 적습니다"
    ),
    "{name} must be printable ASCII without spaces": (
        "{name} 값은 공백 없는 ASCII 글자여야 합니다"
    ),
    "app_key must be the key of a bot, without spaces": (
        "app_key는 봇의 키여야 하며 공백이 없어야 합니다"
    ),
    "set either conversation or email": ("conversation과 email 가운데 하나만 설정하세요"),
    "conversation must be a number, as conversations.list shows it": (
        "conversation은 conversations.list에 나오는 숫자여야 합니다"
    ),
    "email must be a mail address such as kim@example.org": (
        "email은 kim@example.org 같은 메일 주소여야 합니다"
    ),
    "host must be the name of a mail server": ("host는 메일 서버의 이름이어야 합니다"),
    "port ({port}) must lie between 1 and 65535": ("port({port}) 값은 1~65535여야 합니다"),
    "username and password go together": ("username과 password는 함께 설정하세요"),
    "a password is sent over TLS only; set tls to starttls or tls": (
        "암호는 TLS로만 보냅니다. tls를 starttls나 tls로 설정하세요"
    ),
    "port 465 speaks TLS from the first byte; set tls: tls, or port 587": (
        "465 포트는 처음부터 TLS를 씁니다. tls: tls로 하거나 587 포트를 쓰세요"
    ),
    "hello must be a host name such as alarms.example.org": (
        "hello는 alarms.example.org 같은 호스트 이름이어야 합니다"
    ),
    "{key} must hold mail addresses such as alarms@example.org": (
        "{key} 항목에는 alarms@example.org 같은 메일 주소를 적습니다"
    ),
    "the mail server offers no STARTTLS; use its port for submission, or set tls": (
        "메일 서버가 STARTTLS를 제공하지 않습니다. 제출용 포트를 쓰거나 tls를 설정하세요"
    ),
    "the mail server offers no login that this agent knows{offers}; known are {logins}": (
        "메일 서버가 제공하는 로그인 방식 가운데 아는 것이 없습니다{offers}. 아는 방식: {logins}"
    ),
    "routing_key must be 32 letters and digits, as PagerDuty shows it": (
        "routing_key는 PagerDuty에 나오는 글자와 숫자 32자여야 합니다"
    ),
    "url carries a user name or password; put them into headers instead": (
        "url에 사용자 이름이나 암호가 있습니다. 대신 headers에 넣으세요"
    ),
    "rate ({rate}) must lie between 0.001 and 10000 sends a second": (
        "rate({rate}) 값은 초당 0.001~10000건이어야 합니다"
    ),
    "burst ({burst}) must lie between 1 and 10000": ("burst({burst}) 값은 1~10000이어야 합니다"),
    "max_items ({maxitems}) must lie between 1 and 500": (
        "max_items({maxitems}) 값은 1~500이어야 합니다"
    ),
    "timeout ({timeout}) must lie between 0.1 and 30 seconds": (
        "timeout({timeout}) 값은 0.1~30초여야 합니다"
    ),
    "url is not an address (expected https://HOST/PATH)": (
        "url이 주소가 아닙니다(예: https://HOST/PATH)"
    ),
    "{variable} names a SOCKS proxy, which is not supported; {mend}": (
        "{variable} 변수가 SOCKS 프록시를 가리킵니다. 지원하지 않습니다. {mend}"
    ),
    "{variable} names a proxy that is neither http nor https; {mend}": (
        "{variable} 변수의 프록시가 http도 https도 아닙니다. {mend}"
    ),
    "{variable} is not the address of a proxy; {mend}": (
        "{variable} 변수의 값이 프록시 주소가 아닙니다. {mend}"
    ),
    "token is not a token of a Slack app (expected xoxb-...)": (
        "token이 Slack 앱의 토큰이 아닙니다(예: xoxb-...)"
    ),
    "channel must be the id of a channel such as C0123456789, or #NAME": (
        "channel은 C0123456789 같은 채널 id 또는 #NAME이어야 합니다"
    ),
    "ca: must be the certificates themselves, PEM from -----BEGIN CERTIFICATE----- on": (
        "ca: 인증서 자체(-----BEGIN CERTIFICATE-----로 시작하는 PEM)여야 합니다"
    ),
    "{key}: a channel of type {type} has no such key{hint}": (
        "{key}: {type} 종류의 채널에는 이런 키가 없습니다{hint}"
    ),
    "ca: holds a certificate that cannot be read; is it damaged?": (
        "ca: 읽을 수 없는 인증서가 있습니다. 손상되었나요?"
    ),
    "token is not a bot's token (expected 123456:ABC..., of @BotFather)": (
        "token이 봇의 토큰이 아닙니다(예: @BotFather가 준 123456:ABC...)"
    ),
    "chat_id must be a whole number such as -1001234567890, or @NAME": (
        "chat_id는 -1001234567890 같은 정수 또는 @NAME이어야 합니다"
    ),
    "it makes more than the {room} characters there is room for": (
        "결과가 들어갈 수 있는 {room}자보다 깁니다"
    ),
    "it makes no text": ("결과가 비어 있습니다"),
    "headers: {name} is not the name of a header": ("headers: {name} 값은 헤더 이름이 아닙니다"),
    "headers: {name} cannot be set": ("headers: {name} 헤더는 설정할 수 없습니다"),
    "headers: the value of {name} must be printable ASCII": (
        "headers: {name} 헤더의 값은 ASCII 글자여야 합니다"
    ),
    "has no route and receivers; is it an Alertmanager's?": (
        "route와 receivers가 없습니다. Alertmanager의 파일인가요?"
    ),
    "is not as an Alertmanager has it; amtool check-config says where": (
        "Alertmanager의 형식과 다릅니다. 어디가 다른지는 amtool check-config가 알려 줍니다"
    ),
    "is a {kind} without an Alertmanager's configuration; pass the file that is in it": (
        "Alertmanager 설정이 없는 {kind}입니다. 안에 있는 파일을 주세요"
    ),
    "is a manifest of kind {kind}, not an Alertmanager's configuration; pass the file"
    " that the Alertmanager runs with. The Prometheus operator keeps that in the Secret"
    " alertmanager-NAME-generated: kubectl get secret ... -o yaml prints what can be"
    " imported as it is": (
        "Alertmanager의 설정이 아니라 {kind} 종류의 매니페스트입니다. Alertmanager가 쓰는"
        " 파일을 주세요. Prometheus operator는 Secret alertmanager-NAME-generated에 두며,"
        " kubectl get secret ... -o yaml의 출력을 그대로 가져올 수 있습니다"
    ),
    "prefix ({prefix}) must look like /alertmanager": (
        "prefix({prefix}) 값은 /alertmanager 같은 모양이어야 합니다"
    ),
    "secret must have at least {secretleast} characters": (
        "secret은 {secretleast}자 이상이어야 합니다"
    ),
    "timestamp_header is given but style is {style}; use grafana": (
        "timestamp_header가 있는데 style이 {style}입니다. grafana를 쓰세요"
    ),
    "window ({window}) must lie between 1s and 1h": ("window({window}) 값은 1s~1h여야 합니다"),
    "token must be the hash that `alarminati tokens create` prints (sha256:...), never"
    " the token itself": (
        "token에는 토큰 자체가 아니라 `alarminati tokens create`가 출력한"
        " 해시(sha256:...)를 적습니다"
    ),
    "topics belong to `map: {{preset: sns}}`, which needs the ARNs there": (
        "topics는 `map: {{preset: sns}}`와 함께 쓰며 ARN을 적어야 합니다"
    ),
    "{key} must be the name of a header: letters, digits and dashes": (
        "{key} 값은 글자, 숫자, 줄표로 된 헤더 이름이어야 합니다"
    ),
    "paths has {path}; write for example /v1/alarms": (
        "paths에 {path} 값이 있습니다. /v1/alarms처럼 적으세요"
    ),
    "interval ({interval}) must lie between 1m and 400d": (
        "interval({interval}) 값은 1m~400d여야 합니다"
    ),
    "grace ({grace}) must be at most 400d": ("grace({grace}) 값은 최대 400d입니다"),
    "expected text: the path of a folder": ("글자여야 합니다: 폴더의 경로"),
    "expected text: a path": ("글자여야 합니다: 경로"),
    "ttl ({ttl}) must be at most 30d": ("ttl({ttl}) 값은 최대 30d입니다"),
    "must be a list, in YAML or JSON, such as [{{name: ops}}]": (
        "YAML이나 JSON 목록이어야 합니다. 예: [{{name: ops}}]"
    ),
    "{value} is not a size of at most 8 exabytes": (
        "{value} 값은 최대 8엑사바이트인 크기가 아닙니다"
    ),
    "{value} is not HOST:PORT; {host} is no host name": (
        "{value} 값은 HOST:PORT가 아닙니다. {host} 부분은 호스트 이름이 아닙니다"
    ),
    "map and shape are both given; remove one of them": (
        "map과 shape가 함께 있습니다. 하나를 지우세요"
    ),
    "servers names several; a queue of type {type} takes one": (
        "servers가 여러 개입니다. {type} 종류의 큐는 하나만 받습니다"
    ),
    "ca is given but tls is false; set tls: true": (
        "ca가 있는데 tls가 false입니다. tls: true로 설정하세요"
    ),
    "username is given without password": ("username이 있는데 password가 없습니다"),
    "sasl is given without username": ("sasl이 있는데 username이 없습니다"),
    "region is missing, and the address of the queue names none": (
        "region이 없고 큐의 주소에도 없습니다"
    ),
    "servers has {server}; write HOST:PORT": (
        "servers에 {server} 값이 있습니다. HOST:PORT로 적으세요"
    ),
    "{key} is nothing that a queue of type {type} takes": (
        "{key} 항목은 {type} 종류의 큐에 쓸 수 없습니다"
    ),
    "{key} has more than {routeslimit} matchers": (
        "{key} 항목에 매처가 {routeslimit}개보다 많습니다"
    ),
    "{key} ({value}) must lie between {least} and {most}": (
        "{key}({value}) 값은 {least}~{most}이어야 합니다"
    ),
    "channels is empty; name at least one": ("channels가 비어 있습니다. 하나 이상 적으세요"),
    "group_by has ... and labels; ... stands for every label there is": (
        "group_by에 ...와 레이블이 함께 있습니다. ...는 모든 레이블을 뜻합니다"
    ),
    "source_matchers and target_matchers are empty; an alarm on both sides is not"
    " inhibited by others that are, so it would keep none quiet": (
        "source_matchers와 target_matchers가 비어 있습니다. 양쪽에 모두 맞는 알람은 역시"
        " 양쪽에 맞는 다른 알람이 억제하지 못하므로 아무 알림도 보류되지 않습니다"
    ),
    "count (1) must be 0 (off) or at least 2": ("count(1) 값은 0(끔)이거나 2 이상이어야 합니다"),
    "resolve_timeouts: a source has 1 to 128 characters, such as alertmanager": (
        "resolve_timeouts: 소스는 alertmanager 같은 1~128자의 이름입니다"
    ),
    "url is not an address of http, https, tcp, grpc, grpcs or dns; write"
    " http://HOST/PATH, tcp://HOST:PORT, grpc://HOST:PORT/SERVICE or dns://NAME": (
        "url이 http, https, tcp, grpc, grpcs, dns 주소가 아닙니다. http://HOST/PATH,"
        " tcp://HOST:PORT, grpc://HOST:PORT/SERVICE, dns://NAME으로 적으세요"
    ),
    "url carries a user name or password, which everybody would see in alarms": (
        "url에 사용자 이름이나 암호가 있습니다. 알람을 보는 모두에게 보입니다"
    ),
    "mode is static but peers is empty; list HOST:PORT of other replicas": (
        "mode가 static인데 peers가 비어 있습니다. 다른 레플리카의 HOST:PORT를 적으세요"
    ),
    "mode is dns but service is missing; give HOST:PORT to look up": (
        "mode가 dns인데 service가 없습니다. 조회할 HOST:PORT를 적으세요"
    ),
    "mode is none but peers or service are given; use static or dns": (
        "mode가 none인데 peers나 service가 있습니다. static이나 dns를 쓰세요"
    ),
    "service is given but mode is {mode}; use mode: dns": (
        "service가 있는데 mode가 {mode}입니다. mode: dns를 쓰세요"
    ),
    "mode is insecure but {given} is given; remove one of them": (
        "mode가 insecure인데 {given} 항목이 있습니다. 하나를 지우세요"
    ),
    "{missing} missing; give ca, cert and key, or one folder that has them, or mode:"
    " insecure to try it on this machine alone": (
        "{missing} 항목이 없습니다. ca, cert, key를 주거나, 이것들이 든 폴더 하나를 주거나,"
        " 이 컴퓨터에서만 시험하려면 mode: insecure로 하세요"
    ),
    "fallback_after ({fallbackafter}) must lie between 1s and 1d": (
        "fallback_after({fallbackafter}) 값은 1s~1d여야 합니다"
    ),
    "test_interval ({testinterval}) must be 0 or lie between 1m and 30d": (
        "test_interval({testinterval}) 값은 0이거나 1m~30d여야 합니다"
    ),
    "interval ({interval}) must be at least 1s": ("interval({interval}) 값은 1s 이상이어야 합니다"),
    "timeout ({timeout}) must lie above 0 and not exceed interval ({interval})": (
        "timeout({timeout}) 값은 0보다 크고 interval({interval}) 이하여야 합니다"
    ),
    "max_age ({maxage}) must be at least 1h; followers resume from it": (
        "max_age({maxage}) 값은 1h 이상이어야 합니다. 구독자가 여기서 이어 받습니다"
    ),
    "body_size ({bodysize}) must be at least 1KiB and not exceed total_body_size"
    " ({totalbodysize})": (
        "body_size({bodysize}) 값은 1KiB 이상이고 total_body_size({totalbodysize}) 이하여야 합니다"
    ),
    "project must be 1 to {projectlimit} printable characters": (
        "project는 1~{projectlimit}자의 보이는 글자여야 합니다"
    ),
    "keepalive_interval ({keepaliveinterval}) must lie between 1s and 5m": (
        "keepalive_interval({keepaliveinterval}) 값은 1s~5m여야 합니다"
    ),
    "advertise ({advertise}) needs a port that can be reached": (
        "advertise({advertise}) 값에는 닿을 수 있는 포트가 있어야 합니다"
    ),
    "advertise is {advertise}, which names no machine; write an address of this one, or"
    " leave it out": (
        "advertise 값 {advertise}에 해당하는 컴퓨터가 없습니다. 이 컴퓨터의 주소를 적거나"
        " 생략하세요"
    ),
    "route.match must be empty; put it into one of route.routes": (
        "route.match는 비어 있어야 합니다. route.routes 가운데 하나에 넣으세요"
    ),
    "peers has {peer}; port 0 cannot be reached": (
        "peers에 {peer} 값이 있습니다. 0 포트에는 닿을 수 없습니다"
    ),
    "peers has {peer}, which names no machine; write its address": (
        "peers의 {peer} 값에 해당하는 컴퓨터가 없습니다. 주소를 적으세요"
    ),
    "headers has {name}; one line of text each was expected": (
        "headers에 {name} 값이 있습니다. 한 줄짜리 글이어야 합니다"
    ),
    "route has more than {routeslimit} branches": ("route의 갈래가 {routeslimit}개보다 많습니다"),
    "channels: fallback goes in a circle ({loop}); cut it": (
        "channels: fallback이 맴돕니다({loop}). 끊으세요"
    ),
    "the file {path} is not UTF-8 text": ("{path} 파일이 UTF-8 글이 아닙니다"),
    "is not one of {words}, or two of them with a colon": (
        "{words} 가운데 하나이거나, 콜론으로 이은 둘이어야 합니다"
    ),
    "is not a day from 1 to 31 or -31 to -1; write a range in quotes: '1:7'": (
        "1~31 또는 -31~-1의 날이 아닙니다. 범위에는 따옴표를 치세요: '1:7'"
    ),
    "is not a year; write a range in quotes: '2026:2028'": (
        "연도가 아닙니다. 범위에는 따옴표를 치세요: '2026:2028'"
    ),
    "{text} is not a time of day; write for example '09:30'": (
        "{text} 값은 시각이 아닙니다. '09:30'처럼 적으세요"
    ),
    "start_time and end_time are the same; leave both out for all day": (
        "start_time과 end_time이 같습니다. 하루 종일이면 둘 다 생략하세요"
    ),
    "{key}: {text} ends before it starts; write two of them": (
        "{key}: {text} 범위가 시작보다 먼저 끝납니다. 둘로 나누어 적으세요"
    ),
    "location {name} is not a time zone that is known here; write for example Asia/Seoul": (
        "location {name} 값은 여기서 아는 시간대가 아닙니다. Asia/Seoul처럼 적으세요"
    ),
    "flapping: count ({count}) must be 0 (off) or at least 2": (
        "flapping: count({count}) 값은 0(끔)이거나 2 이상이어야 합니다"
    ),
    "flapping: {name} ({self}) must be positive": (
        "flapping: {name}({self}) 값은 0보다 커야 합니다"
    ),
    "escalate: after ({after}) must be a positive number": (
        "escalate: after({after}) 값은 0보다 커야 합니다"
    ),
    "escalate: channels is empty; name at least one": (
        "escalate: channels가 비어 있습니다. 하나 이상 적으세요"
    ),
    "{name} ({self}) must not be negative": ("{name}({self}) 값은 음수일 수 없습니다"),
    "{key} has {said}; write the address of the queue,"
    " https://sqs.REGION.amazonaws.com/ACCOUNT/NAME": (
        "{key} 항목에 {said} 값이 있습니다. 큐의 주소를"
        " https://sqs.REGION.amazonaws.com/ACCOUNT/NAME처럼 적으세요"
    ),
    "counts needs replicas of {enough} or more, not {replicas}": (
        "counts에는 replicas가 {enough} 이상이어야 합니다. 지금은 {replicas}입니다"
    ),
    "stream has {stream}; write letters, digits, - and _": (
        "stream에 {stream} 값이 있습니다. 글자, 숫자, -, _로 적으세요"
    ),
    "sources share a token; make one for each with `tokens create`": (
        "sources가 토큰 하나를 함께 씁니다. `tokens create`로 하나씩 만드세요"
    ),
    "room ({room}) must hold at least 1 MiB, and four bodies": (
        "room({room}) 값은 1 MiB 이상이고 본문 네 개가 들어가야 합니다"
    ),
    "cert and key belong together; give both or none": (
        "cert와 key는 함께 주거나 둘 다 생략하세요"
    ),
    "{path} is nothing that a relay takes; see the key sources": (
        "{path} 경로는 릴레이가 받는 것이 아닙니다. sources 키를 확인하세요"
    ),
}
