"""Korean for what `config import` says."""

from __future__ import annotations

TEXTS = {
    "note: {note}": "참고: {note}",
    "channel {name}: {problem}; register it, or mend it here": (
        "{name} 채널: {problem}. 채널을 등록하거나 여기서 고치세요"
    ),
    "tls: insecure, good for this computer alone; put the folder of the agent's"
    " certificates there": (
        "tls: insecure 모드는 이 컴퓨터에서만 쓸 수 있습니다. 에이전트의 인증서 폴더를 지정하세요"
    ),
    "what your team calls the product": "팀에서 부르는 제품 이름",
    "name of this mesh of replicas": "레플리카들이 이루는 클러스터 이름",
    "name of this replica; default: the host name": "이 레플리카의 이름. 기본값은 호스트 이름",
    "receiver {name}": "수신자 {name}",
    "receivers {name}": "수신자 {name}",
    "time interval {name}": "시간대 {name}",
    "{key} has no equivalent here": "{key}에 해당하는 설정이 없습니다",
    "{key} has no equivalent here, or nothing makes use of it": (
        "{key}에 해당하는 설정이 없거나 쓰이는 곳이 없습니다"
    ),
    "{keys}: not converted, templates are Jinja2 here ({page})": (
        "{keys}: 변환하지 않았습니다. 템플릿은 Jinja2로 작성합니다 ({page})"
    ),
    "is not converted, templates are Jinja2 here ({page})": (
        "변환하지 않았습니다. 템플릿은 Jinja2로 작성합니다 ({page})"
    ),
    "{key} has no equivalent here; agents use the proxy that HTTPS_PROXY names": (
        "{key}에 해당하는 설정이 없습니다. 에이전트는 HTTPS_PROXY에 지정한 프록시를 씁니다"
    ),
    "{key} is a file without the rest of the header; write the whole header as file:PATH": (
        "{key} 파일에는 헤더의 일부만 있습니다. 헤더 전체를 file:경로로 지정하세요"
    ),
    "its alarms wait in channel {channel} until you register one by that name with"
    " `alarminati channels create`, or choose another type": (
        "`alarminati channels create`로 {channel} 채널을 등록하거나 다른 종류로 바꿀 때까지 알람이"
        " 그 채널에서 대기합니다"
    ),
    "channel {channel}: ends were not told there; register it with resolved: false": (
        "{channel} 채널: 해소를 알리지 않던 채널입니다. resolved: false로 등록하세요"
    ),
    "its address of Slack's interface does not end in {url_path}, which is added here": (
        "Slack API 주소가 {url_path}로 끝나지 않아 여기서는 그 경로를 덧붙입니다"
    ),
    "{key} has no api_url": "{key}에 api_url이 없습니다",
    "{key} has the api_url of Slack's bots, and no token": (
        "{key}에 Slack 봇의 api_url이 있지만 토큰이 없습니다"
    ),
    "{key} has no channel, which a bot of Slack needs": (
        "{key}에 Slack 봇이 메시지를 보낼 채널이 없습니다"
    ),
    "{key} has a template for its channel, and one channel is one place here": (
        "{key}의 채널이 템플릿입니다. 여기서는 채널 하나가 한 곳으로만 보냅니다"
    ),
    "{key} has no url": "{key}에 url이 없습니다",
    "{key} has no smarthost (HOST:PORT) or no sender": (
        "{key}에 smarthost (HOST:PORT) 또는 보내는 주소가 없습니다"
    ),
    "{key} has no routing_key": "{key}에 routing_key가 없습니다",
    "{key} has a service_key, of Events API v1; make a routing_key of v2": (
        "{key}의 service_key는 Events API v1용입니다. v2의 routing_key를 만드세요"
    ),
    "{key} has no bot_token or no chat_id": "{key}에 bot_token 또는 chat_id가 없습니다",
    "{key} has no webhook_url": "{key}에 webhook_url이 없습니다",
    "is called {name} here": "여기서는 이름이 {name}입니다",
    "a webhook gets Alarminati's JSON ({page}), not Alertmanager's": (
        "웹훅은 Alertmanager가 아니라 Alarminati의 JSON을 받습니다 ({page})"
    ),
    "channel has no equivalent here; an incoming webhook writes to its own": (
        "channel에 해당하는 설정이 없습니다. 수신 웹훅은 정해진 채널에만 씁니다"
    ),
    "{key} has no equivalent here; an incoming webhook takes no header": (
        "{key}에 해당하는 설정이 없습니다. 수신 웹훅은 헤더를 받지 않습니다"
    ),
    "its address is one of Office 365 connectors, which Microsoft has ended; make a"
    " workflow in Teams and put its address there ({page})": (
        "Microsoft가 종료한 Office 365 커넥터 주소입니다. Teams에서 워크플로를 만들어 그 주소를"
        " 쓰세요 ({page})"
    ),
    "require_tls: false has no equivalent here with a password; it is sent over TLS only": (
        "비밀번호가 있으면 require_tls: false에 해당하는 설정이 없습니다. 비밀번호는 TLS로만"
        " 보냅니다"
    ),
    "{wanted} is {given} here, the nearest there is": (
        "{wanted}: 가능한 가장 가까운 값으로 바꿨습니다 ({given})"
    ),
    "left out with all below, so its alarms stay above: {problem}": (
        "하위 경로까지 모두 제외했습니다. 해당 알람은 상위 경로로 갑니다: {problem}"
    ),
    "left out: {problem}": "제외했습니다: {problem}",
    "left out: without matchers for either side it inhibits nothing": (
        "제외했습니다. 양쪽에 매처가 없으면 아무것도 억제하지 않습니다"
    ),
    "location Local is UTC here, for replicas may differ; name it": (
        "location Local은 여기서 UTC입니다. 레플리카마다 다를 수 있으니 이름을 지정하세요"
    ),
}
