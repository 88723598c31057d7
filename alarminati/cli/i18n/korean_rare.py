"""Korean for what certificates, templates, senders and calls seldom get wrong.

The key is the English sentence as the code words it, with a name for each of its parts.
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "is not one that an earlier answer gave": ("앞선 응답에서 받은 값이 아닙니다"),
    "is {replicas}; send 0 or more": ("값이 {replicas}입니다. 0 이상을 보내세요"),
    "has {matchers}; at most {matchers2}": ("{matchers}개가 있습니다. 최대 {matchers2}개입니다"),
    "is {minseverity}; it must not be negative": ("값이 {minseverity}입니다. 음수일 수 없습니다"),
    "has {path}, which is none of {names}, settings.KEY": (
        "{path} 값이 있습니다. 쓸 수 있는 값: {names}, settings.KEY"
    ),
    "is negative; leave it out for {usual}": ("음수입니다. {usual}개로 하려면 생략하세요"),
    "belongs to another list; begin with its first page": (
        "다른 목록의 값입니다. 첫 페이지부터 시작하세요"
    ),
    "is not after start_time": ("start_time보다 뒤여야 합니다"),
    "has {unknown}, which is none of {names}": ("{unknown} 값이 있습니다. 쓸 수 있는 값: {names}"),
    "no new certificate could be had; {said}": ("새 인증서를 받을 수 없었습니다. {said}"),
    "nor can it sign a new one for itself: {error}": ("스스로 서명할 수도 없습니다: {error}"),
    "this agent holds no authority's key: set tls.ca_key on one agent, or use the key"
    " where it is, with `alarminati invite --offline FILE --ca DIR` or `alarminati pki"
    " issue`": (
        "이 에이전트에는 인증 기관의 키가 없습니다. 한 에이전트에 tls.ca_key를 설정하거나,"
        " 키가 있는 곳에서 `alarminati invite --offline FILE --ca DIR` 또는 `alarminati pki"
        " issue`를 실행하세요"
    ),
    "this agent cannot read the authority's key ({error}): see tls.ca_key": (
        "이 에이전트가 인증 기관의 키를 읽을 수 없습니다({error}). tls.ca_key를 확인하세요"
    ),
    "this agent cannot use the authority's key: {error}": (
        "이 에이전트가 인증 기관의 키를 쓸 수 없습니다: {error}"
    ),
    "a cache needs room: max_records={maxrecords}, max_age={maxage}": (
        "캐시에 공간이 필요합니다: max_records={maxrecords}, max_age={maxage}"
    ),
    "the agent named an entry that cannot be: {error}": (
        "에이전트가 있을 수 없는 항목을 가리켰습니다: {error}"
    ),
    "the settings cannot be sent: {error}": ("설정을 보낼 수 없습니다: {error}"),
    "the client has no spool; give it a folder: Client(spool=...)": (
        "클라이언트에 스풀이 없습니다. 폴더를 주세요: Client(spool=...)"
    ),
    "the alarm holds text that is not Unicode, or a number out of range": (
        "알람에 유니코드가 아닌 글자나 범위를 벗어난 숫자가 있습니다"
    ),
    "the agent told of an alarm that makes no sense: {error}": (
        "에이전트가 보낸 알람을 이해할 수 없습니다: {error}"
    ),
    "the agent told of an entry that makes no sense: {error}": (
        "에이전트가 보낸 항목을 이해할 수 없습니다: {error}"
    ),
    "no agent to talk to: give at least one address (host:port)": (
        "접속할 에이전트가 없습니다. 주소(host:port)를 하나 이상 주세요"
    ),
    "the first wait ({first}) must lie between 0 and the last ({most})": (
        "첫 대기 시간({first})은 0과 마지막 대기 시간({most}) 사이여야 합니다"
    ),
    "nothing can read it": ("아무도 읽을 수 없습니다"),
    "give one of from_now, newest and since_time": (
        "from_now, newest, since_time 가운데 하나만 주세요"
    ),
    "a cache has a place and a filter of its own: give it, or the others": (
        "캐시에는 자체 위치와 필터가 있습니다. 캐시만 주거나 나머지를 주세요"
    ),
    "{address} speaks garbled: {error}": (
        "{address} 에이전트의 응답을 해석할 수 없습니다: {error}"
    ),
    "matcher on {name}: {op} is none of = != =~ !~": (
        "{name} 매처: {op} 연산자는 = != =~ !~ 가운데 하나가 아닙니다"
    ),
    "must be 1.0": ("1.0이어야 합니다"),
    "multipart/form-data without its boundary, or cut off": (
        "multipart/form-data의 경계가 없거나 도중에 잘렸습니다"
    ),
    "the form has more than {fields} fields": ("폼의 필드가 {fields}개보다 많습니다"),
    "the body is nested too deeply": ("본문이 너무 깊이 중첩되었습니다"),
    "has more than {atmost} alarms": ("알람이 {atmost}건보다 많습니다"),
    "is {action}; trigger and resolve are known": (
        "값이 {action}입니다. trigger와 resolve를 쓸 수 있습니다"
    ),
    'the body is empty; send a text, such as curl -d "disk full"': (
        '본문이 비어 있습니다. 글을 보내세요. 예: curl -d "disk full"'
    ),
    "is {action}; critical, warning and resolved are known": (
        "값이 {action}입니다. critical, warning, resolved를 쓸 수 있습니다"
    ),
    "has neither event, metric_alert nor issue": (
        "event, metric_alert, issue 가운데 아무것도 없습니다"
    ),
    "is {kind}; Notification is known": ("값이 {kind}입니다. Notification을 쓸 수 있습니다"),
    "is {state}; ALARM, OK and INSUFFICIENT_DATA are known": (
        "값이 {state}입니다. ALARM, OK, INSUFFICIENT_DATA를 쓸 수 있습니다"
    ),
    "must be an object: a message of Amazon SNS": ("객체여야 합니다: Amazon SNS의 메시지"),
    "must be 1 or 2": ("1 또는 2여야 합니다"),
    "is no https address of sns.REGION.amazonaws.com": (
        "sns.REGION.amazonaws.com의 https 주소가 아닙니다"
    ),
    "must be 0 (down), 1 (up), 2 (pending), 3 (maintenance)": (
        "0(down), 1(up), 2(pending), 3(maintenance) 가운데 하나여야 합니다"
    ),
    "{value} cannot be a host: names below {trustdomain} mean clusters": (
        "{value} 호스트는 쓸 수 없습니다. {trustdomain} 아래의 이름은 클러스터를 뜻합니다"
    ),
    "a certificate must be valid for at least a minute, not {lasts}": (
        "인증서의 유효 기간은 1분 이상이어야 합니다. 지금은 {lasts}입니다"
    ),
    "ca.key does not belong to ca.crt; use the pair `pki init` made": (
        "ca.key가 ca.crt의 것이 아닙니다. `pki init`이 만든 쌍을 쓰세요"
    ),
    "ca.key must be an EC key; make an authority with `pki init`": (
        "ca.key는 EC 키여야 합니다. `pki init`으로 인증 기관을 만드세요"
    ),
    "{host} is neither a host name nor an IP address": (
        "{host} 값은 호스트 이름도 IP 주소도 아닙니다"
    ),
    "ca.crt and ca.key must hold a certificate and its key in PEM": (
        "ca.crt와 ca.key는 PEM 형식의 인증서와 키여야 합니다"
    ),
    "{there} is another cluster's key; choose another folder": (
        "{there} 파일은 다른 클러스터의 키입니다. 다른 폴더를 고르세요"
    ),
    "an invitation's key must be an EC key": ("초대장의 키는 EC 키여야 합니다"),
    "the invitation's key is not that of its certificate; ask for a new one": (
        "초대장의 키가 인증서의 것이 아닙니다. 새 초대장을 요청하세요"
    ),
    "the invitation's certificates are damaged; ask for a new one": (
        "초대장의 인증서가 손상되었습니다. 새 초대장을 요청하세요"
    ),
    "Secret {authority} is an authority for cluster {cluster}, not {cluster2}; delete"
    " it to have a new one, or keep the cluster's name": (
        "Secret {authority}의 인증 기관은 {cluster} 클러스터의 것이며 {cluster2} 클러스터의"
        " 것이 아닙니다. 지우고 새로 만들거나 클러스터 이름을 유지하세요"
    ),
    "{where} is for cluster {cluster}, not {cluster2}; keep the cluster's name, or"
    " delete the Secrets {agents} and {authority} to start over": (
        "{where} 인증서는 {cluster} 클러스터의 것이며 {cluster2} 클러스터의 것이 아닙니다."
        " 클러스터 이름을 유지하거나, 새로 시작하려면 Secret {agents}, {authority} 둘을"
        " 지우세요"
    ),
    "Secret {secret} lacks {name}; delete it to have a new one made": (
        "Secret {secret}에 {name} 항목이 없습니다. 지우면 새로 만듭니다"
    ),
    "KUBERNETES_SERVICE_HOST is not set: this command runs in a pod; elsewhere make"
    " certificates with `alarminati pki init` and `pki issue`": (
        "KUBERNETES_SERVICE_HOST가 없습니다. 이 명령은 파드에서 실행합니다. 다른 곳에서는"
        " `alarminati pki init`과 `pki issue`로 인증서를 만드세요"
    ),
    "{clusterkey} in Secret {secret} is no key of 32 bytes in base64": (
        "Secret {secret}의 {clusterkey} 항목은 base64로 된 32바이트 키가 아닙니다"
    ),
    "{value} is not the API server's authority": (
        "{value} 인증서는 API 서버의 인증 기관이 아닙니다"
    ),
    "the API server's answer about Secret {name} makes no sense": (
        "Secret {name}에 대한 API 서버의 응답을 이해할 수 없습니다"
    ),
    "the answer is a certificate of {role} {name}, not of {name2}": (
        "응답은 {role} {name}의 인증서이며 {name2}의 것이 아닙니다"
    ),
    "the answer is a certificate for another key than the one made here": (
        "응답의 인증서가 여기서 만든 키의 것이 아닙니다"
    ),
    "the answer's certificate is not of the authority that came with it": (
        "응답의 인증서가 함께 온 인증 기관의 것이 아닙니다"
    ),
    "the answer holds no certificate": ("응답에 인증서가 없습니다"),
    "the key must be an EC key (P-256)": ("키는 EC 키(P-256)여야 합니다"),
    "the request has {request} bytes; {size} are allowed": (
        "요청이 {request}바이트입니다. {size}바이트까지 됩니다"
    ),
    "the request is for another kind of key; it must be EC P-256": (
        "요청이 다른 종류의 키를 위한 것입니다. EC P-256이어야 합니다"
    ),
    "the request is not signed with the key that it is for": ("요청이 그 키로 서명되지 않았습니다"),
    "the request names {hosts} hosts; {hosts2} are allowed": (
        "요청에 호스트가 {hosts}개 있습니다. {hosts2}개까지 됩니다"
    ),
    "the key is damaged or encrypted: it must be an EC key in PEM": (
        "키가 손상되었거나 암호화되어 있습니다. PEM 형식의 EC 키여야 합니다"
    ),
    "the request is not a PKCS #10 request in DER": ("요청이 DER 형식의 PKCS #10 요청이 아닙니다"),
    "it has {source} characters; {source2} are allowed": (
        "{source}자입니다. {source2}자까지 됩니다"
    ),
    "line {lineno}: {kind} is not allowed in a template": (
        "{lineno}번째 줄: 템플릿에 {kind} 구문을 쓸 수 없습니다"
    ),
    "line {lineno}: a loop is not allowed in this template": (
        "{lineno}번째 줄: 이 템플릿에는 반복문을 쓸 수 없습니다"
    ),
    "line {lineno}: a loop in a loop is not allowed in a template": (
        "{lineno}번째 줄: 반복문 안에 반복문을 쓸 수 없습니다"
    ),
    "line {lineno}: a loop goes over labels.items() or annotations.items() only": (
        "{lineno}번째 줄: 반복문은 labels.items()나 annotations.items()에만 쓸 수 있습니다"
    ),
    "line {lineno}: a call is not allowed in this template": (
        "{lineno}번째 줄: 이 템플릿에서는 호출할 수 없습니다"
    ),
    "line {lineno}: only .items() and .get() can be called in a template": (
        "{lineno}번째 줄: 템플릿에서는 .items()와 .get()만 호출할 수 있습니다"
    ),
    "it takes more than {moststeps} insertions and filters": (
        "삽입과 필터가 {moststeps}번을 넘습니다"
    ),
    "it handles more than {mostwork} characters": ("다루는 글이 {mostwork}자를 넘습니다"),
    "it takes more than {patience} s": ("{patience}초보다 오래 걸립니다"),
    "it is nested too deep": ("너무 깊이 중첩되었습니다"),
    "line {lineno}: there is no filter {name} (there are: {listed})": (
        "{lineno}번째 줄: {name} 필터가 없습니다(있는 필터: {listed})"
    ),
    "line {lineno}: a number is too large": ("{lineno}번째 줄: 숫자가 너무 큽니다"),
    "line {lineno}: there is no {name} (there are: {listed})": (
        "{lineno}번째 줄: {name} 이름이 없습니다(있는 이름: {listed})"
    ),
    "the number is too large": ("숫자가 너무 큽니다"),
    "~ makes too much of it": ("~로 만드는 글이 너무 깁니다"),
    "round takes 0 to {precision} digits": ("round는 0~{precision}자리까지 됩니다"),
    "round goes by common, ceil or floor": ("round는 common, ceil, floor 가운데 하나로 합니다"),
    "replace makes too much of it": ("replace로 만드는 글이 너무 깁니다"),
    "{certificate} has an Ed25519 key, which gRPC cannot use; use EC P-256": (
        "{certificate} 파일은 gRPC가 쓸 수 없는 Ed25519 키입니다. EC P-256을 쓰세요"
    ),
    "{certificate} lacks the DNS name {agentname} that agents are known by": (
        "{certificate} 인증서에 에이전트의 DNS 이름 {agentname} 항목이 없습니다"
    ),
    "{ca} is damaged: not a certificate in PEM": (
        "{ca} 파일이 손상되었습니다. PEM 형식의 인증서가 아닙니다"
    ),
    "{certificate} cannot be used for TLS: {reason}": (
        "{certificate} 파일을 TLS에 쓸 수 없습니다: {reason}"
    ),
    "{certificate} names no role: {error}": ("{certificate} 인증서에 역할이 없습니다: {error}"),
    "is for Subscribe only; this call is about alarms": (
        "Subscribe에만 쓸 수 있습니다. 이 호출은 알람에 대한 것입니다"
    ),
    "has {count} terms; at most {most} are allowed": (
        "조건이 {count}개 있습니다. 최대 {most}개입니다"
    ),
    "is {number}, which is no type of a record": ("값이 {number}입니다. 레코드의 종류가 아닙니다"),
}
