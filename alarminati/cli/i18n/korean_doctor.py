"""Korean for what is said of certificates and connections. Taken in by `korean.py`."""

from __future__ import annotations

TEXTS = {
    "{master} is master, and {connected} of {replicas} replicas are connected, but not all that"
    " should be there.": (
        "마스터는 {master}, 레플리카 {replicas}개 중 {connected}개가 연결되어 있지만, 설정에"
        " 있는 레플리카가 모두 연결되지는 않았습니다."
    ),
    "Nobody was ever reached at {address}: {reason}. Is it spelled right, and does an agent run"
    " there?": (
        "{address}에 한 번도 연결하지 못했습니다: {reason}. 주소가 맞는지, 그곳에서 에이전트가 실행"
        " 중인지 확인하세요."
    ),
    "{replica} finds no other replica: {reason}.": (
        "{replica} 레플리카가 다른 레플리카를 찾지 못했습니다: {reason}."
    ),
    "{name} at {address} is gone: {reason}.": (
        "{address}의 {name} 레플리카와 연결이 끊겼습니다: {reason}."
    ),
    "The cluster and {address} do not trust each other: {reason}. Give both certificates of one"
    " authority.": (
        "이 클러스터와 {address} 쪽이 서로를 신뢰하지 않습니다: {reason}. 같은 인증 기관의"
        " 인증서를 사용하세요."
    ),
    "{address} is no agent of this cluster: {reason}.": (
        "{address} 쪽은 이 클러스터의 에이전트가 아닙니다: {reason}."
    ),
    "The replica at {address}, {name}, was given the same name as {replica}. Give each its own"
    " (`name` in its configuration) and restart it.": (
        "{address}의 레플리카({name})와 {replica} 레플리카의 설정에 같은 이름이 있습니다."
        " 설정의 `name`을 서로 다르게 바꾸고 다시 시작하세요."
    ),
    "Find out why an agent cannot be reached.": ("에이전트에 연결되지 않는 원인을 찾습니다."),
    "No certificate is given, so only this computer can be asked.": (
        "인증서가 없어 이 컴퓨터의 에이전트에만 접속할 수 있습니다."
    ),
    "Your certificate is that of {who}, good until {ends}.": (
        "내 인증서: {who}, {ends}까지 유효합니다."
    ),
    "Your certificate cannot be used: {problem}.": "내 인증서를 쓸 수 없습니다: {problem}.",
    "Your certificate ended on {ends}. Ask an operator for an invitation (`alarminati invite`)"
    " and use `alarminati join`; if it should be good still, set this computer's clock,"
    " which says {now}.": (
        "내 인증서는 {ends}에 만료되었습니다. 운영자에게 초대장(`alarminati invite`)을 받아"
        " `alarminati join`을 실행하세요. 아직 유효해야 한다면 이 컴퓨터의 시계({now})를"
        " 맞추세요."
    ),
    "Your certificate is good from {begins} on, but this computer's clock says {now}."
    " Set the clock.": (
        "내 인증서는 {begins}부터 유효한데 이 컴퓨터의 시계는 {now}입니다. 시계를 맞추세요."
    ),
    "Your certificate, that of {who}, ends in {days} days, on {ends}.": (
        "내 인증서({who})는 {days}일 뒤인 {ends}에 만료됩니다."
    ),
    "This is an invitation's certificate, good for one thing. Use `alarminati join`.": (
        "초대장의 인증서라 가입에만 쓸 수 있습니다. `alarminati join`을 실행하세요."
    ),
    "The certificate of the authority in {file} has run out. Ask an operator for the new one.": (
        "{file}에 있는 인증 기관의 인증서가 만료되었습니다. 운영자에게 새 인증서를 받으세요."
    ),
    "{host} is {ips}.": "{host} 주소는 {ips}입니다.",
    "{host} has no address. Is it spelled right, and are you on a network (VPN) that knows it?": (
        "{host} 이름의 주소를 찾을 수 없습니다. 철자가 맞는지, 그 이름을 아는 네트워크(VPN)에"
        " 연결되어 있는지 확인하세요."
    ),
    "No name server said what {host} is. Is this computer on a network?": (
        "{host} 이름에 응답한 네임 서버가 없습니다. 네트워크에 연결되어 있는지 확인하세요."
    ),
    "{variable} names a proxy, but agents are never reached through one: there must be a direct"
    " way to their gRPC port.": (
        "{variable}에 프록시가 지정되어 있지만 에이전트에는 프록시를 거쳐 연결하지 않습니다."
        " gRPC 포트로 직접 연결할 수 있어야 합니다."
    ),
    "{address} takes connections, after {ms} ms.": ("{address}에 {ms} ms 만에 연결되었습니다."),
    "Nothing listens at {address}. Is the agent running, and is this its gRPC port (7443)?": (
        "{address} 포트에서 대기 중인 프로그램이 없습니다. 에이전트가 실행 중인지, gRPC"
        " 포트(7443)가 맞는지 확인하세요."
    ),
    "{address} does not answer. Is the address right, and does a firewall or a NetworkPolicy"
    " let you through?": (
        "{address}에서 응답이 없습니다. 주소가 맞는지, 방화벽이나 NetworkPolicy가 막지 않는지"
        " 확인하세요."
    ),
    "There is no way to {address} from here ({reason}). Are you on the right network (VPN)?": (
        "여기서 {address} 주소로 가는 네트워크 경로가 없습니다({reason}). 맞는 네트워크(VPN)에"
        " 연결되어 있는지 확인하세요."
    ),
    "It speaks {version}.": "{version} 연결을 맺었습니다.",
    "The agent works without TLS, for this computer alone.": (
        "에이전트가 TLS 없이 이 컴퓨터의 접속만 받습니다."
    ),
    "{address} speaks HTTP. That is a port for webhooks or health; give the gRPC port (7443).": (
        "{address} 포트는 HTTP입니다. 웹훅이나 상태 확인용 포트이니 gRPC 포트(7443)를 지정하세요."
    ),
    "{address} speaks gRPC without TLS: an agent that only its own computer may ask. Leave out"
    " the certificate.": (
        "{address} 포트는 TLS 없는 gRPC입니다. 같은 컴퓨터의 접속만 받는 에이전트이니"
        " 인증서를 빼세요."
    ),
    "{address} answers, but not in TLS. Another program has this port; give the agent's (7443).": (
        "{address} 응답이 TLS가 아닙니다. 다른 프로그램의 포트이니 에이전트의 포트(7443)를"
        " 지정하세요."
    ),
    "{address} takes connections but then says nothing. Is the agent stuck, or a load balancer"
    " without anybody behind it?": (
        "{address}에 연결은 되지만 응답이 없습니다. 에이전트가 멈췄거나, 로드 밸런서 뒤에"
        " 에이전트가 없는지 확인하세요."
    ),
    "{address} hangs up before anything is said. A proxy or load balancer may have nobody"
    " behind it; it must pass TCP through.": (
        "{address} 쪽이 응답하기 전에 연결을 끊습니다. 프록시나 로드 밸런서 뒤에 에이전트가"
        " 없을 수 있습니다. 프록시는 TCP를 그대로 통과시켜야 합니다."
    ),
    "{address} knows only TLS older than 1.2, which no agent does. Mend or go around the proxy"
    " that ends TLS there.": (
        "{address} 쪽은 1.2보다 오래된 TLS만 지원합니다. 에이전트라면 그럴 수 없으니, 중간에서"
        " TLS를 종료하는 프록시를 고치거나 우회하세요."
    ),
    "{address} demands a certificate. Name its folder with --tls, or get one with"
    " `alarminati join`.": (
        "{address} 쪽이 인증서를 요구합니다. --tls로 인증서 폴더를 지정하거나 `alarminati"
        " join`으로 인증서를 받으세요."
    ),
    "There is {who}, with a certificate that is good until {ends}.": (
        "{who} 인증서로 응답했습니다. {ends}까지 유효합니다."
    ),
    "Who answers at {address} is no agent: its certificate is that of {who}, issued by"
    " {issuer}. Is the address right? A proxy in between must pass TCP through.": (
        "{address}에서 응답한 쪽은 에이전트가 아닙니다. 인증서는 {who}의 것이고 {issuer}에서"
        " 발급했습니다. 주소가 맞는지 확인하세요. 중간 프록시는 TCP를 그대로 통과시켜야 합니다."
    ),
    "{who} answers at {address}, but its certificate is of authority {theirs}, and yours is of"
    " {mine}. Use the certificate of that cluster; if its authority was replaced, join again.": (
        "{address}에서 응답한 {who} 인증서의 인증 기관은 {theirs}, 내 인증서의 인증 기관은"
        " {mine}입니다. 그 클러스터의 인증서를 쓰고, 인증 기관이 바뀌었다면 다시"
        " 가입하세요(`alarminati join`)."
    ),
    "{who} answers at {address}, of cluster {theirs}; your certificate is for cluster {mine}."
    " Use the one of that cluster.": (
        "{address}에서 응답한 {who} 인증서는 {theirs} 클러스터용이고 내 인증서는 {mine}"
        " 클러스터용입니다. 그 클러스터의 인증서를 쓰세요."
    ),
    "The certificate of {who} at {address} ended on {ends}. Its operator must put a new one in"
    " place; if it should be good still, set this computer's clock, which says {now}.": (
        "{address}의 {who} 인증서는 {ends}에 만료되었습니다. 운영자가 새 인증서로 바꿔야"
        " 합니다. 아직 유효해야 한다면 이 컴퓨터의 시계({now})를 맞추세요."
    ),
    "The certificate of {who} at {address} is good from {begins} on, but this computer's clock"
    " says {now}. One of the two clocks is wrong, most likely this one.": (
        "{address}의 {who} 인증서는 {begins}부터 유효한데 이 컴퓨터의 시계는 {now}입니다. 두"
        " 시계 중 하나가 틀렸으며, 아마 이 컴퓨터의 시계일 것입니다."
    ),
    "It accepts your certificate.": "에이전트가 내 인증서를 받아들였습니다.",
    "It does not trust the authority of your certificate. Use the certificate of this cluster;"
    " if its authority was replaced, join again.": (
        "에이전트가 내 인증서의 인증 기관을 신뢰하지 않습니다. 이 클러스터의 인증서를 쓰고,"
        " 인증 기관이 바뀌었다면 다시 가입하세요(`alarminati join`)."
    ),
    "It says that your certificate has run out, though by this computer's clock ({now}) it is"
    " good. One of the two clocks is wrong.": (
        "에이전트는 내 인증서가 만료되었다고 하지만 이 컴퓨터의 시계({now})로는 유효합니다. 두"
        " 시계 중 하나가 틀렸습니다."
    ),
    "It hangs up at the sight of your certificate without saying why. Either it does not trust"
    " its authority (was that replaced? Then join again), or by its clock the certificate is"
    " out of time (is the agent's clock right?); its log says which.": (
        "인증서를 제시하자 이유를 알리지 않고 연결을 끊었습니다. 내 인증서의 인증 기관을"
        " 신뢰하지 않거나(인증 기관이 바뀌었다면 다시 가입하세요), 에이전트의 시계로는 유효"
        " 기간이 아닙니다(에이전트의 시계가 맞는지 확인하세요). 어느 쪽인지는 에이전트 로그에"
        " 있습니다."
    ),
    "{replica} of cluster {cluster} answers, version {version}.": (
        "{cluster} 클러스터의 {replica} 레플리카가 응답했습니다. 버전은 {version}입니다."
    ),
    "As {role} you may take part in the cluster.": (
        "{role} 역할: 클러스터의 레플리카로 동작할 수 있습니다."
    ),
    "As {role} you may report, follow, acknowledge, silence and change channels.": (
        "{role} 역할: 보고, 구독, 확인, 사일런스, 채널 변경을 할 수 있습니다."
    ),
    "As {role} you may report, but neither follow nor list.": (
        "{role} 역할: 보고할 수 있지만 구독과 조회는 할 수 없습니다."
    ),
    "As {role} you may follow and list, but neither report nor acknowledge.": (
        "{role} 역할: 구독하고 조회할 수 있지만 보고와 확인은 할 수 없습니다."
    ),
    "Your certificate was revoked. If that was a mistake, ask an operator to take it back"
    " (`alarminati revoke NAME --undo`).": (
        "내 인증서의 접근이 차단되었습니다. 잘못된 차단이라면 운영자에게 되돌려 달라고"
        " 요청하세요(`alarminati revoke NAME --undo`)."
    ),
    "The agent does not let you in: {reason}.": ("에이전트가 접속을 거부했습니다: {reason}."),
    "Who answers at {address} speaks gRPC but is no agent of Alarminati. Is the address right?": (
        "{address}에서 응답한 쪽은 gRPC 서버이지만 Alarminati 에이전트가 아닙니다. 주소가"
        " 맞는지 확인하세요."
    ),
    "The agent at {address} took the connection but did not answer: {reason}. Look at its log.": (
        "{address}의 에이전트가 연결은 받았지만 응답하지 않았습니다: {reason}. 에이전트 로그를"
        " 확인하세요."
    ),
    "Its clock and this computer's agree within {seconds} s.": (
        "에이전트와 이 컴퓨터의 시계 차이는 {seconds}초 이내입니다."
    ),
    "It does not tell the time, so whether the clocks agree is not known.": (
        "에이전트가 시각을 알려 주지 않아 시계가 맞는지 알 수 없습니다."
    ),
    "This computer's clock is {seconds} s ahead of the agent's. Set whichever is wrong;"
    " certificates and silences go by it.": (
        "이 컴퓨터의 시계가 에이전트보다 {seconds}초 빠릅니다. 틀린 쪽을 맞추세요. 인증서와"
        " 사일런스는 시계를 기준으로 합니다."
    ),
    "This computer's clock is {seconds} s behind the agent's. Set whichever is wrong;"
    " certificates and silences go by it.": (
        "이 컴퓨터의 시계가 에이전트보다 {seconds}초 느립니다. 틀린 쪽을 맞추세요. 인증서와"
        " 사일런스는 시계를 기준으로 합니다."
    ),
    "{master} is master, and {connected} of {replicas} replicas are connected.": (
        "마스터는 {master}, 레플리카 {replicas}개 중 {connected}개가 연결되어 있습니다."
    ),
    "{replica} knows no master: alarms are taken and wait. If it stays so, see whether the"
    " replicas reach each other's gRPC port.": (
        "{replica} 레플리카가 아는 마스터가 없습니다. 알람은 접수되어 대기합니다. 계속 그렇다면"
        " 레플리카끼리 gRPC 포트로 통신되는지 확인하세요."
    ),
    "{replica} still reads its journal: alarms are taken, nothing is delivered yet. It takes"
    " seconds to a minute.": (
        "{replica} 레플리카가 아직 저널을 읽고 있습니다. 알람은 받지만 아직 전송하지"
        " 않습니다. 몇 초에서 1분쯤 걸립니다."
    ),
    "{replica} stands still: its disk does not answer, or a delivery does not end. Look at its"
    " log and its volume, or start it again.": (
        "{replica} 레플리카가 멈춰 있습니다. 디스크가 응답하지 않거나 전송이 끝나지 않습니다."
        " 로그와 볼륨을 살펴보거나 다시 시작하세요."
    ),
    "{replica} is cut off from the master {master} and delivers nothing. See whether the"
    " replicas reach each other's gRPC port.": (
        "{replica} 레플리카가 마스터 {master}에서 끊겨 아무것도 전송하지 않습니다. 레플리카끼리"
        " gRPC 포트로 통신되는지 확인하세요."
    ),
    "{replica} has no room on its disk and refuses alarms. Make the volume larger, or keep less"
    " (retention).": (
        "{replica} 레플리카의 디스크 공간이 부족해 알람을 받지 않습니다. 볼륨을 늘리거나"
        " 보관량(retention)을 줄이세요."
    ),
    "Your certificate ends on {day} and could not be renewed: {problem}": (
        "내 인증서는 {day}에 만료되는데 갱신하지 못했습니다: {problem}"
    ),
    "Your certificate ends on {day}; `alarminati renew` renews it.": (
        "내 인증서는 {day}에 만료됩니다. `alarminati renew`로 갱신하세요."
    ),
    "{replica} is stopping. Ask another.": (
        "{replica} 레플리카가 종료되는 중입니다. 다른 레플리카에 접속하세요."
    ),
    "{file} has neither sources nor relays.": "{file}에 소스도 릴레이도 없습니다.",
    "Source {source} is believed by: {how}.": "{source} 소스의 확인 방법: {how}.",
    "Source {source} has neither token nor hmac, so `http.anonymous` ({anonymous}) says who may"
    " post for it. `alarminati tokens create` makes a token.": (
        "{source} 소스에 token도 hmac도 없어 `http.anonymous`({anonymous})에 따라 받습니다."
        " 토큰은 `alarminati tokens create`로 만듭니다."
    ),
    "The relay {relay} lets this agent pull. {pending} webhooks wait, {rejected} are set aside,"
    " {percent} % of its room is in use.": (
        "이 에이전트는 {relay} 릴레이에서 가져갈 수 있습니다. 웹훅 {pending}건 대기 중,"
        " {rejected}건 따로 보관 중, 공간 {percent} % 사용 중입니다."
    ),
    "The relay {relay} cannot be reached at {address}: {reason}. Is this the port of this"
    " cluster there (`clusters[].listen`), and do a firewall and the NetworkPolicy let you out?": (
        "{address}의 {relay} 릴레이에 연결할 수 없습니다: {reason}. 릴레이에서 이 클러스터의"
        " 포트(`clusters[].listen`)가 맞는지, 방화벽과 NetworkPolicy가 막지 않는지 확인하세요."
    ),
    "The relay {relay} does not speak TLS at {address}: {reason}. Is this the port where agents"
    " pull, and does nothing in between end TLS?": (
        "{address}의 {relay} 릴레이가 TLS를 쓰지 않습니다: {reason}. 에이전트가 가져가는 포트가"
        " 맞는지, 중간에서 TLS를 끝내지 않는지 확인하세요."
    ),
    "The certificate of the relay {relay} at {address} is not believed: {reason}. Name its"
    " authority as `ca` of the queue, and the host as it stands in the certificate.": (
        "{address}의 {relay} 릴레이 인증서를 믿을 수 없습니다: {reason}. 큐의 `ca`에 인증 기관을"
        " 쓰고, 호스트 이름을 인증서와 같게 쓰세요."
    ),
    "The relay {relay} does not let this agent pull: {reason}.": (
        "{relay} 릴레이가 이 에이전트를 거부했습니다: {reason}."
    ),
    "The relay {relay} at {address} hangs up or does not answer: {reason}. Is `clusters[].ca`"
    " there the authority of this agent's certificate? Look at its log.": (
        "{address}의 {relay} 릴레이가 연결을 끊거나 응답하지 않습니다: {reason}. 릴레이의"
        " `clusters[].ca`가 이 에이전트 인증서의 인증 기관인지, 릴레이의 로그를 확인하세요."
    ),
    "Who answers at {address} is no relay. Is it the port of this cluster (`clusters[].listen`)?": (
        "{address}의 서버는 릴레이가 아닙니다. 이 클러스터의 포트(`clusters[].listen`)인지"
        " 확인하세요."
    ),
    "The relay {relay} is nearly full: {pending} webhooks wait, {percent} % of its room is in"
    " use. Give it more `room`, or see why the master does not pull.": (
        "{relay} 릴레이가 거의 찼습니다. 웹훅 {pending}건 대기 중, 공간 {percent} % 사용 중입니다."
        " `room`을 늘리거나 마스터가 왜 가져가지 않는지 확인하세요."
    ),
    "The relay {relay} is full and refuses webhooks: {pending} wait. Give it more `room`, or see"
    " why the master does not pull.": (
        "{relay} 릴레이가 가득 차 웹훅을 거부합니다. {pending}건 대기 중입니다. `room`을 늘리거나"
        " 마스터가 왜 가져가지 않는지 확인하세요."
    ),
}
