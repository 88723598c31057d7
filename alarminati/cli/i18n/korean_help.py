"""Korean for what `--help` says, by command and option. The examples stay as they are."""

from __future__ import annotations

BODIES: dict[str, str] = {
    "": "여러 쿠버네티스 클러스터를 운영하는 사람을 위한 알람 시스템입니다.",
    "agent": (
        "설정 파일의 모든 항목은 옵션과 환경 변수로도 줄 수 있습니다. 옵션이 환경 변수보다,"
        " 환경 변수가 파일보다 우선합니다."
    ),
    "report": (
        "알람이 안전하게 저장되면(디스크에, 다른 레플리카가 있으면 그곳에도) ID를 출력합니다."
        " MESSAGE에 -를 주면 표준 입력에서 읽습니다."
    ),
    "tail": (
        "처음에는 보관된 알람을 모두 출력하고, 다음부터는 이 컴퓨터에서 아직 보지 않은 알람을"
        " 출력합니다. --last를 주면 마지막 기록부터 시작합니다. 어디까지 출력했는지는"
        " $ALARMINATI_DATA(기본값 ~/.local/share/alarminati)의 기록에 남습니다. 출력하는 도중에"
        " 중단된 줄은 다시 출력합니다. 에이전트에 장애가 나도 계속하며, Ctrl-C를 누르거나"
        " 읽는 쪽이 없어지면 끝납니다.\n\n"
        '--json을 주면 알람을 한 줄에 하나씩 출력합니다: type ("alarm"), id, time,'
        ' fingerprint, timestamp, severity, state ("firing" 또는 "resolved"), project, message,'
        " labels, annotations, key, link, source."
    ),
    "list": (
        "바뀐 순서나 심각도 순서로 보여 줍니다. 터미널에서는 경과 시간을 보여 주고 줄을 너비에"
        " 맞춥니다. 그 밖에는 시각과 줄 전체를 출력합니다."
    ),
    "show": (
        "ID는 알람의 ID 또는 식별값입니다. 보고, 확인, 채널별 전송 대기, 전송 시도의 결과를"
        " 차례로 보여 줍니다. 전송 시도에는 응답, 몇 번째 시도인지, 보낸 레플리카(당시"
        " 마스터), 걸린 시간, 채널이 붙인 메시지 이름이 나옵니다."
    ),
    "resolve": (
        "IDS는 알람의 ID 또는 식별값입니다. ID를 주지 않으면 옵션으로 대상을 고릅니다. 모든 해소와"
        " 마찬가지로 채널에 알립니다. 다시 보고된 알람은 다시 발생합니다."
    ),
    "ack": (
        "ID는 알람의 ID 또는 식별값입니다. 이 알람의 재알림과 에스컬레이션을 멈춥니다. 누가"
        " 확인했는지는 인증서에서 가져옵니다."
    ),
    "unack": (
        "ID는 알람의 ID 또는 식별값입니다. 재알림이 이어지고, 그동안 에스컬레이션되었어야 할"
        " 알람은 지금 에스컬레이션됩니다."
    ),
    "note": (
        "ID는 알람의 ID 또는 식별값입니다. 메모는 `alarminati show`로 볼 수 있으며 아무에게도"
        " 알림을 보내지 않습니다."
    ),
    "assign": (
        "ID는 알람의 ID 또는 식별값입니다. 담당자는 알람이 해소될 때까지 유지됩니다. 아무에게도"
        " 알림을 보내지 않으며, 확인할 때까지 재알림이 이어집니다."
    ),
    "silence": (
        "모든 MATCHER에 해당하는 알람의 알림을 모든 레플리카에서 끕니다."
        " 매처는 레이블, = != =~ !~ 중 하나, 값으로 이루어지며 Alertmanager와 같습니다."
        " severity, project, source 레이블은 알람 자체의 값입니다. 사일런스가 적용된 알람도"
        " 보관되고 조회할 수 있으며, 사일런스가 끝날 때 아직 발생 중인 알람은 그때 전달됩니다."
        " 누가 설정했는지는 인증서에서 가져옵니다.\n\n"
        "--times나 --weekdays를 주면 끝날 때까지 그 시각에만 되풀이해서 적용됩니다."
    ),
    "mark": (
        "마크는 `tail`에서도 알람 사이에 보이고, 어느 채널에도 전달되지 않습니다. 보고할 수 있는"
        " 사람은 마크도 남길 수 있습니다. ID를 출력합니다."
    ),
    "marks": "명령을 주지 않으면 목록을 보여 줍니다. 마크는 `alarminati mark`로 남깁니다.",
    "marks list": "마크를 최근 것부터 보여 줍니다.",
    "silences": (
        "명령을 주지 않으면 사일런스 목록을 보여 줍니다. 설정은 `alarminati silence`로 합니다."
    ),
    "silences update": (
        "예정되었거나 적용 중인 사일런스를 바꿉니다. 주지 않은 항목은 그대로 둡니다.\n\n"
        "--for의 시간은 --from부터, 없으면 지금부터 셉니다."
    ),
    "silences list": "예정되었거나 적용 중인 사일런스를 먼저 끝나는 순서로 보여 줍니다.",
    "silences show": "사일런스 하나를 보여 줍니다.",
    "silences expire": (
        "사일런스를 지금 끝냅니다. 해당하는 알람 중 발생 중인 알람은 이때 전달됩니다."
    ),
    "status": "응답한 레플리카가 아는 상태입니다.",
    "channels": ("명령을 주지 않으면 채널 목록을 보여 줍니다."),
    "channels list": (
        "채널마다 받는 알람, 대기 중인 알람, 상태를 보여 줍니다.\n\n"
        "설정 위치는 에이전트의 설정 파일에 있으면 파일, 운영자가 등록했으면 등록, 등록했지만"
        " 파일에도 있으면 가려짐(파일이 우선합니다), 파일이 운영자에게 맡겼으면 등록 전입니다."
    ),
    "channels show": "채널의 설정과 상태를 보여 줍니다. 비밀 값은 보여 주지 않습니다.",
    "channels types": "채널의 종류를, 종류를 주면 그 설정 항목을 보여 줍니다.",
    "channels create": (
        "채널을 등록합니다.\n\n"
        "--match와 --min-severity에 맞는 알람을 받습니다. 둘 다 없으면, 설정 파일의 전달 경로에"
        " 적힌 채널이 아닌 한 모든 알람을 받습니다. 채널은 저널에 암호화되어 저장되며 모든"
        " 레플리카에 바로 적용됩니다. 설정 항목은 `alarminati channels types TYPE`으로 볼 수"
        " 있습니다. 비밀 값은 입력을 요청하며, 누구나 볼 수 있는 명령행에는 적지 않습니다."
    ),
    "channels update": (
        "등록한 채널을 바꿉니다.\n\n주지 않은 설정은 비밀 값까지 그대로 둡니다. --match는 기존"
        " 매처를 모두 바꿉니다."
    ),
    "channels delete": (
        "등록한 채널을 삭제합니다. 전송을 기다리던 알람은 전송 실패함으로 옮깁니다."
    ),
    "channels test": (
        "채널에 테스트 메시지를 보내고 결과를 기다립니다.\n\n"
        "채널이 메시지를 받았을 때만 종료 코드가 0입니다."
    ),
    "dead-letters": "명령을 주지 않으면 목록을 보여 줍니다.",
    "dead-letters list": "전송 실패함(채널이 끝내 받지 않은 알림)을 최근 순서로 보여 줍니다.",
    "dead-letters discard": (
        "전송 실패함의 알림을 버립니다. 목록에서 사라지고 다시 보낼 수 없습니다. 알람은"
        " 남습니다.\n\nID는 `alarminati dead-letters`에 나오는 ID입니다."
    ),
    "dead-letters resend": (
        "전송 실패함의 알람을 다시 보냅니다.\n\n"
        "ID는 `alarminati dead-letters`에 나오는 ID입니다. 모두 다시"
        " 보내거나, 하나도 보내지 않습니다."
    ),
    "heartbeat": (
        "NAME은 에이전트 설정의 `heartbeats`에 있는 이름입니다. 작업의 소식이 제때 오지 않으면"
        " 알람이 발생합니다."
    ),
    "run": (
        "알람에는 출력의 마지막 줄들이 들어가고, 명령이 다음에 잘 끝나면 해소됩니다. 출력과 종료"
        " 코드는 명령의 것이며, 에이전트에 연결할 수 없을 때도 마찬가지입니다."
    ),
    "heartbeats list": "하트비트의 상태와 기한을 보여 줍니다.",
    "sources try": (
        "본문이 어떤 알람이 되는지, 본문에서 쓰이지 않은 항목이 무엇인지 출력합니다. NAME은 설정의"
        " 소스나 프리셋입니다. 본문은 FILE이나 표준 입력에서 읽습니다. 아무것도 보내지 않고 설정의"
        " 비밀 값도 읽지 않습니다. 본문에서 아무 알람도 만들지 못하거나 일부가 거부되면 4로"
        " 끝납니다."
    ),
    "explain": (
        "알람의 ID를 주면 해당한 경로, 알림을 보류하는 것, 채널마다 전달 여부와 이유, 다음 알림"
        " 시각을 알려 줍니다. 대신 --label을 주면 그런 알람이 발생할 때 어떻게 될지 에이전트에,"
        " --config로는 파일에 묻습니다. 파일에서는 경로만 읽고 비밀 값은 읽지 않습니다. 아무것도"
        " 보내지 않습니다."
    ),
    "config check": (
        "에이전트 설정을 검사합니다.\n\n"
        "에이전트가 읽는 것을 모두 읽습니다: FILE, 파일에 적힌 환경 변수와 파일, 인증서."
        " 에이전트가 거부할 설정이 하나라도 있으면 종료 코드가 1입니다. 아무것도 보내거나"
        " 쓰지 않습니다."
    ),
    "config schema": (
        "에이전트 설정의 JSON 스키마를 출력합니다.\n\n"
        "편집기가 이것으로 agent.yaml을 자동 완성하고 검사합니다."
    ),
    "config import": (
        "Alertmanager 설정을 변환합니다.\n\n"
        "경로, 시간대, 수신자가 같은 에이전트 설정을 비밀 값까지 포함해 출력하고, 변환하지"
        " 못한 설정은 표준 오류로 알립니다. 결과는 `alarminati config check`로 검사할 수"
        " 있고, 알람이 어디로 가는지는 `alarminati explain`로 볼 수 있습니다."
    ),
    "doctor": (
        "하나씩 차례로 점검하고 처음 발견한 문제에서 멈춥니다. 종료 코드는 문제가 없으면 0,"
        " 에이전트에 연결할 수 없거나 처리할 수 없으면 3, 에이전트가 접속을 거부하면 4입니다."
    ),
    "invite": (
        "새 사용자는 `alarminati join`을 실행하고 초대장을 붙여 넣습니다. 그때까지 초대장은"
        " 비밀입니다. 먼저 쓴 사람이 가입하기 때문입니다. 취소하려면 `alarminati access"
        " cancel-invitation ID`를 실행합니다.\n\n"
        "--offline은 새 사용자의 키까지 담은 파일을 만듭니다. 한 번 쓰고 사라지는 초대장이"
        " 아니므로 직접 옮기고, 쓴 뒤에는 지우세요."
    ),
    "join": (
        "TEXT는 초대장 내용이나 초대장이 든 파일, 또는 표준 입력을 뜻하는 -입니다. 주지"
        " 않으면 붙여 넣으라고 요청하므로 셸 기록에 남지 않습니다. 키는 이 컴퓨터에서 만들고"
        " 밖으로 나가지 않습니다. 가입한 클러스터를 바로 쓰게 되므로 이어서 `alarminati"
        " tail`을 실행하면 됩니다."
    ),
    "profiles": (
        "명령을 주지 않으면 목록을 보여 줍니다. 프로필은 $XDG_CONFIG_HOME/alarminati 또는"
        " ~/.config/alarminati에 있습니다."
    ),
    "profiles list": "프로필을 보여 줍니다. 지금 쓰는 프로필에 별표가 있습니다.",
    "profiles use": "지금부터 이 프로필을 씁니다.",
    "profiles delete": (
        "프로필을 키와 함께 삭제합니다.\n\n"
        "인증서는 다른 곳에서 여전히 유효합니다. 복사본이 있을 수 있다면 `revoke`로 접근을"
        " 차단하세요."
    ),
    "revoke": (
        "이 이름의 모든 인증서를 모든 레플리카에서 계속 거부하고, 열린 스트림은 5초 안에"
        " 끊습니다. 그 이름의 운영자가 만들고 아직 쓰지 않은 초대장은 취소되며, 그 초대장으로"
        " 가입한 인증서는 이름을 알려 줍니다. 에이전트는 --role agent를 주어야 합니다. 인증서"
        " 하나를 함께 쓰는 에이전트는 모두 차단됩니다."
    ),
    "access": "명령을 주지 않으면 목록을 보여 줍니다.",
    "access list": (
        "가입한 사람, 아직 쓸 수 있는 초대장, 접근이 차단된 인증서를 보여 줍니다. 초대장 없이"
        " 발급한 인증서는 차단된 뒤에 보입니다."
    ),
    "access cancel-invitation": "아직 쓰지 않은 초대장을 취소합니다.",
    "renew": (
        "인증서는 쓰는 동안 스스로 갱신됩니다. 오랫동안 쓰지 않을 예정일 때 이 명령을"
        " 실행하세요. 키도 이 컴퓨터에서 새로 만들고, 둘을 동시에 바꿉니다."
    ),
    "pki init": (
        "인증 기관과, 클러스터의 에이전트들이 함께 쓸 키를 만듭니다.\n\n"
        "ca.key는 에이전트와 떨어진 곳에 보관하세요. 이 키가 있으면 누구나 운영자 인증서를"
        " 만들 수 있습니다. cluster.key는 에이전트용이며 `pki issue --role agent`가"
        " 복사합니다. 이미 있으면 --force를 주어도 그대로 둡니다."
    ),
    "pki issue": (
        "인증서를 발급합니다.\n\n"
        "agent: 레플리카이며 cluster.key도 함께 받습니다. reporter: 알람을 보고합니다."
        " viewer: 알람을 조회합니다. operator: 사람이 하는 모든 일을 할 수 있습니다."
    ),
    "pki cluster-key": (
        "인증 기관에 키가 없거나 키를 바꿀 때, 클러스터의 에이전트들이 함께 쓸 키를 만듭니다.\n\n"
        "이미 있으면 그대로 둡니다. 키를 바꾸려면 에이전트의 `cluster_key`에 새 키를 먼저,"
        " 이전 키를 뒤에 적습니다."
    ),
    "pki show": "파일이나 폴더에 있는 인증서의 내용을 보여 줍니다.",
    "pki kubernetes": (
        "쿠버네티스에 클러스터의 Secret이 없으면 만듭니다.\n\n"
        "서비스 계정이 이 Secret을 읽고 Secret을 만들 수 있는 파드에서 실행합니다. 이미 있는"
        " 것은 바꾸지 않으며, 쓸 수 없는 것은 알려 줍니다."
    ),
    "relay": (
        "웹훅을 받아 디스크에 보관하고, 클러스터의 마스터가 가져갈 때까지 지킵니다. 비밀 정보는"
        " 갖지 않으며, 서명은 에이전트가 확인합니다. docs/relay.ko.md를 보세요."
    ),
    "spool": "`alarminati report --spool`이 이 컴퓨터에 보관한 알람입니다.",
    "spool list": "대기 중인 알람과 에이전트가 거부한 알람을 보여 줍니다.",
    "spool flush": (
        "대기 중인 알람을 순서대로 보냅니다.\n\n받는 에이전트가 없어 남은 알람이 있으면 코드 3으로"
        " 끝납니다."
    ),
    "tokens create": (
        "토큰과, 설정 파일에 넣을 줄을 만듭니다.\n\n"
        "토큰은 한 번만 표시되고 어디에도 저장되지 않습니다. 설정 파일에는 해시만 들어갑니다."
        " 에이전트에 접속하지 않으므로 모든 레플리카의 설정 파일에 이 줄을 넣으세요."
    ),
    "export": (
        "표로 내보내거나, --all을 주면 다음 PC로 옮길 백업을 만듭니다. 모든 클러스터의 기록과 내가"
        " 확인하거나 치운 것, 설정이 들어갑니다. 키와 인증서는 들어가지 않으므로 새 PC에서 다시"
        " 가입하세요. FILE이 없으면 표를 표준 출력에 씁니다. 이름이 .gz로 끝나면 압축합니다."
        " 클러스터에는 묻지 않습니다."
    ),
    "import": (
        "FILE은 `alarminati export --all`로 만든 파일입니다. 여기에 없는 것만 더하고, 있는 것은"
        " 바꾸지 않습니다. 먼저 가져온 다음 클러스터에 가입하세요. 에이전트에 남아 있는 기록이"
        " 그 위에 더해집니다. Alertmanager 설정은"
        " `alarminati config import`로 가져옵니다."
    ),
    "top": (
        "심각한 알람부터, 같으면 최근에 바뀐 알람부터 보여 줍니다. 가입한 모든 클러스터를 구독하고"
        " 받은 것을 `alarminati ui`처럼 보관합니다. 둘을 함께 실행해도 됩니다. Ctrl-C를 누르면"
        " 끝납니다. 표준 출력이 터미널이 아니면 한 번만 출력합니다."
    ),
    "stats": "이 PC에 있는 모든 클러스터의 기록으로 계산하며, 클러스터에는 묻지 않습니다.",
    "cost": (
        "docs/figures.md의 측정값으로 레플리카 사이의 트래픽과 구독하는 사람에게 가는"
        " 트래픽을 셉니다. 채널로 보내는 것은 업체마다 다르므로 세지 않습니다. 에이전트에"
        " 접속하지 않습니다."
    ),
    "ui": (
        "이 컴퓨터에서만 열리는 페이지를 브라우저로 보여 줍니다. 받은 것은 모두"
        " $ALARMINATI_DATA(기본값 ~/.local/share/alarminati)에 남아 네트워크 없이도 볼 수"
        " 있습니다. 두 번째로 실행하면 먼저 실행한 앱의 창을 엽니다. Ctrl-C를 누르면 끝납니다."
        " 추가 패키지 ui가 필요합니다: pip install 'alarminati[ui]'."
    ),
    "demo": (
        "인증서를 가진 에이전트 3개, 에이전트가 지켜보는 예제 애플리케이션, Slack을 대신하는"
        " 수신기를 실행합니다. 알람이 보고되어 전달되고, 애플리케이션이 고장 났다가 복구되고,"
        " 마스터가 강제로 종료되면 다음 마스터가 이어서 전송합니다. 그 뒤 Ctrl-C를 누를"
        " 때까지 떠 있습니다.\n\n"
        "루프백의 빈 포트를 쓰며 아무것도 남기지 않습니다."
    ),
}
"""By command: for one that `COMMANDS` sums up what follows the summary, else all of it."""

OPTIONS: dict[str, str] = {
    "ui --port": "이 포트에서 엽니다. [7480이나 그다음 빈 포트]",
    "ui --demo": "하루치 알람이 있는 자체 에이전트 3개로 엽니다.",
    "--no-browser": "주소를 출력하고 브라우저는 열지 않습니다.",
    "--data": "기록과 앱 설정을 둘 폴더.",
    "--help": "이 도움말을 보여 줍니다.",
    "--version": "버전을 보여 줍니다.",
    "--json": "JSON으로 출력합니다.",
    "--agent": (
        "접속할 에이전트. 여러 번 쓰거나 쉼표로 나누면 하나에 장애가 나도 다른 에이전트에"
        " 연결합니다. [127.0.0.1:7443]"
    ),
    "--tls": (
        "ca.crt, tls.crt, tls.key가 있는 폴더. 없으면 이 컴퓨터의 에이전트에만 접속할 수 있습니다."
    ),
    "--profile": "가입한 클러스터. [--agent나 --tls를 주지 않으면 지금 쓰는 프로필]",
    "--timeout": "이 시간이 지나면 포기합니다.",
    "--min-severity": "이 심각도 이상인 알람만.",
    "--project": "이 프로젝트의 알람만. 여러 번 쓸 수 있습니다.",
    "--label": "이 레이블이 모두 있는 알람만.",
    "--comment": "이유.",
    "--days": "유효 기간(일).",
    "report --severity": (
        "CRITICAL, ERROR, WARNING, INFO 중 하나, 또는 다른 도구에서 쓰는 warn, high, fatal"
        " 같은 단어."
    ),
    "report --resolved": "알람이 해소되었다고 보고합니다. 메시지와 레이블, 또는 키를 같게 주세요.",
    "report --label": (
        "host=db-1처럼 무엇에 관한 알람인지 적습니다. 여러 번 쓸 수 있으며 알람을 식별하는 데"
        " 쓰입니다."
    ),
    "report --project": "기본값: 클러스터의 프로젝트.",
    "report --key": "메시지가 무엇이든 이 알람을 식별할 이름.",
    "report --timestamp": "알람이 생긴 시각. 기본값: 지금.",
    "report --annotation": "덧붙일 설명. 알람을 식별하는 데는 쓰이지 않습니다.",
    "report --link": "더 볼 곳의 http 또는 https 주소.",
    "report --request-id": "이 값이 같은 보고는 한 번만 접수합니다.",
    "report --min-replicas": "1초 안에 이만큼의 레플리카가 디스크에 기록하지 못하면 실패합니다.",
    "tail --type": "이 종류의 기록만. 여러 번 쓸 수 있습니다. [alarm]",
    "tail --acks": "확인과 사일런스도 출력합니다.",
    "tail --deliveries": "어느 채널로 보냈고 결과가 어땠는지도 출력합니다.",
    "tail --from-now": "보관된 알람은 출력하지 않으며 캐시를 쓰지 않습니다.",
    "tail --no-cache": "보관된 알람을 모두 출력하고 디스크에 아무것도 남기지 않습니다.",
    "tail --last": "이미 출력했더라도 보관된 마지막 기록 중 이 개수부터 시작합니다.",
    "list --all": "해소된 알람도 보여 줍니다.",
    "list --limit": "최대 개수.",
    "list --order": "최근에 바뀐 알람부터(changed), 또는 심각한 알람부터(severity).",
    "list --since": "이 시각이나 그 뒤에 발생 중이던 알람만. 기본값: 보관된 알람 모두.",
    "list --search": "이 말이 들어 있는 알람만.",
    "list --offline": "에이전트에 접속하지 않고 이 컴퓨터의 캐시에 있는 알람을 보여 줍니다.",
    "ack --comment": "이유나 다음에 할 일.",
    "--for": "적용할 시간. 예: 2h.",
    "--until": "끝나는 시각. --for 대신 씁니다.",
    "--from": "시작하는 시각. 기본값: 지금.",
    "silence --comment": "다른 사람이 알 수 있도록 적는 이유. 꼭 필요합니다.",
    "mark --label": "무엇에 관한 것인지(예: service=api).",
    "mark --project": "[클러스터의 프로젝트]",
    "mark --link": "릴리스 주소 등.",
    "mark --until": "끝난 시각.",
    "marks list --project": "이 프로젝트들의 마크.",
    "marks list --since": "이 시각부터.",
    "marks list --limit": "보여 줄 수.",
    "silence --alarm": (
        "이 알람의 레이블로 사일런스를 만듭니다. 여러 번 쓰면 알람마다 하나씩 만듭니다."
    ),
    "silence --preview": "만들지 않고 해당하는 알람만 보여 줍니다.",
    "--times": "하루 중 이 시각에만.",
    "--weekdays": "이 요일에만(예: sunday, monday:friday).",
    "--location": "시각의 시간대. [이 컴퓨터의 시간대]",
    "silences update --comment": "다른 사람이 알 수 있도록 적는 이유.",
    "silences list --all": "끝난 사일런스도 보여 줍니다.",
    "--type": "slack, webhook 같은 종류.",
    "--set": ("설정 항목. 여러 번 쓸 수 있습니다. 비밀 값은 KEY=-로 적고 입력을 요청받습니다."),
    "--file": "설정이 든 YAML 파일. -는 표준 입력을 읽습니다.",
    "dead-letters list --channel": "이 채널만.",
    "dead-letters list --limit": "최대 개수.",
    "dead-letters discard --channel": "이 채널의 모든 알림.",
    "dead-letters discard --comment": "나중에 볼 사람을 위한 이유.",
    "channels create --match": "이 매처를 모두 만족하는 알람(예: team=web). 반복 가능.",
    "channels create --min-severity": "이 심각도 이상인 알람.",
    "channels create --fallback": "이 채널이 받지 않은 알림을 대신 받을 채널.",
    "channels create --dry-run": "검사만 하고 등록하지 않습니다.",
    "channels update --match": "이 매처를 모두 만족하는 알람(예: team=web). 반복 가능.",
    "channels update --min-severity": "이 심각도 이상인 알람.",
    "channels update --fallback": "이 채널이 받지 않은 알림을 대신 받을 채널.",
    "channels update --type": "다른 종류. 설정을 모두 새로 줘야 합니다.",
    "channels update --unset": "없앨 설정 항목. 여러 번 쓸 수 있습니다.",
    "channels update --all": "모든 알람. 매처와 심각도를 없앱니다.",
    "dead-letters resend --channel": "이 채널의 모든 알람.",
    "heartbeat --start": "작업이 시작됩니다.",
    "heartbeat --fail": "작업이 실패했습니다.",
    "heartbeat --comment": "작업의 마지막 출력.",
    "run --name": "알람의 이름. 기본값: 명령.",
    "run --heartbeat": "알람 대신 이 하트비트에 알립니다.",
    "run --severity": "알람의 심각도.",
    "run --overrun": "이 시간(초)보다 오래 실행되면 알람. 명령은 계속 실행됩니다.",
    "sources try --config": (
        "에이전트의 YAML 파일. 주지 않으면 NAME은 프리셋입니다. [ALARMINATI_CONFIG]"
    ),
    "sources try --header": "요청의 헤더. 여러 번 줄 수 있습니다.",
    "explain --config": ("에이전트 대신 에이전트의 이 YAML 파일로 알아봅니다. [ALARMINATI_CONFIG]"),
    "explain --label": "발생할 알람의 레이블. severity, project, source도 쓸 수 있습니다.",
    "explain --message": "알람의 메시지.",
    "explain --at": "알람이 생기는 시각. 기본값: 지금.",
    "config import --out": "결과를 쓸 파일. 기본값: 표준 출력.",
    "resolve --source": "이 입구나 소스로 들어온 알람.",
    "resolve --comment": "이유.",
    "note --comment": "메모 내용.",
    "assign --to": "담당할 사람.",
    "assign --nobody": "--to 대신, 담당자를 비웁니다.",
    "resolve --dry-run": "해소할 대상만 보여 주고 실제로 해소하지는 않습니다.",
    "invite --role": "새 사용자의 역할.",
    "invite --name": "인증서의 이름. 예: work-laptop.",
    "invite --domain": (
        "새 사용자가 에이전트에 접속할 주소. 여러 번 쓸 수 있습니다. [내가 쓰는 주소]"
    ),
    "invite --for": "초대장의 유효 시간. [1h]",
    "invite --days": "인증서의 유효 기간(일). 인증서는 스스로 갱신됩니다.",
    "invite --ca": "ca.crt와 ca.key가 있는 폴더. 운영자가 아니라 이 인증 기관으로 초대합니다.",
    "invite --offline": (
        "에이전트에 접속하지 않고 인증서와 키를 파일 하나에 씁니다. --ca가 필요합니다."
    ),
    "invite --project": "--offline과 함께: 팀에서 부르는 제품 이름. [default]",
    "invite --comment": "이유. `alarminati access`에 보입니다.",
    "access list --all": "끝난 초대장도 보여 줍니다.",
    "invite --qr": "초대장을 QR 코드로도 보여 줍니다.",
    "join --profile": "프로필의 이름. [PROJECT.CLUSTER]",
    "join --out": "에이전트에서 쓸 때처럼 ca.crt, tls.crt, tls.key만 이 폴더에 넣습니다.",
    "join --host": "에이전트의 호스트 이름. 여러 번 쓸 수 있습니다.",
    "revoke --role": "이 역할만. [agent를 뺀 모든 역할]",
    "revoke --undo": "접근 차단을 취소합니다.",
    "revoke --include-invited": (
        "이 이름의 초대장으로 가입한 인증서, 다시 그 인증서의 초대장으로 가입한 인증서까지 모두."
    ),
    "revoke --yes": "내 인증서여도 차단합니다.",
    "pki init --out": "ca.crt, ca.key, cluster.key를 넣을 폴더.",
    "pki init --cluster": "이 클러스터용 인증서만 발급합니다. 기본값: 모든 클러스터.",
    "pki init --force": "이미 있는 인증 기관을 바꿉니다.",
    "pki issue --ca": "`pki init`이 만든 폴더.",
    "pki issue --role": "인증서로 할 수 있는 일.",
    "pki issue --name": "레플리카, 프로그램 또는 사람의 이름.",
    "pki issue --host": (
        "에이전트의 호스트 이름이나 주소. 여러 번 쓸 수 있습니다. 기본값: 이 컴퓨터와"
        " --name의 이름."
    ),
    "pki issue --cluster": "이 클러스터에서만 유효합니다. 기본값: 인증 기관의 클러스터.",
    "pki issue --out": "ca.crt, tls.crt, tls.key를 넣을 폴더.",
    "pki issue --force": "이미 있는 인증서를 바꿉니다.",
    "pki cluster-key --out": "cluster.key를 넣을 폴더.",
    "pki kubernetes --secret": "에이전트가 마운트하는 Secret.",
    "pki kubernetes --ca-secret": "인증 기관의 Secret. 기본값: SECRET-ca.",
    "pki kubernetes --key-secret": "cluster.key의 Secret. 기본값: 만들지 않음.",
    "pki kubernetes --namespace": "기본값: 파드의 네임스페이스.",
    "pki kubernetes --cluster": "이 클러스터에서만 유효합니다. 기본값: 모든 클러스터.",
    "pki kubernetes --name": "인증서의 이름.",
    "pki kubernetes --host": "에이전트의 호스트 이름. 여러 번 쓸 수 있습니다.",
    "pki kubernetes --label": "Secret에 붙일 레이블. 여러 번 쓸 수 있습니다.",
    "pki kubernetes --annotation": "Secret에 붙일 어노테이션. 여러 번 쓸 수 있습니다.",
    "pki kubernetes --service-account": "token, ca.crt, namespace 파일이 있는 폴더.",
    "relay --config": "릴레이의 YAML 파일.",
    "report --spool": (
        "받는 에이전트가 없으면 알람을 이 폴더에 보관합니다. `alarminati spool flush`로 보냅니다."
    ),
    "doctor --config": "대신 이 에이전트 설정의 소스와 릴레이를 점검합니다.",
    "spool list --spool": "스풀 폴더.",
    "spool flush --spool": "스풀 폴더.",
    "tokens create --name": (
        "토큰을 쓸 프로그램의 이름: 글자(한글 등 모든 문자), 숫자, 점, 붙임표, 밑줄."
    ),
    "export --format": (
        "스프레드시트용 표(csv) 또는 알람마다 JSON 한 줄(jsonl). 기본값: FILE에 따름, 없으면 csv."
    ),
    "export --all": "백업: 기록, 처리 내역, 설정.",
    "export --search": "이 말이 들어 있는 알람만.",
    "export --tab": "앱의 이 탭에 있는 알람만.",
    "export --days": "이 기간(일) 안에 바뀐 알람만.",
    "top --search": "이 말이 들어 있는 알람만.",
    "top --tab": "앱의 이 탭에 있는 알람.",
    "top --once": "지금 있는 것을 출력하고 끝냅니다.",
    "stats --days": "이 기간(일)의 통계.",
    "cost --clusters": "클러스터 수.",
    "cost --replicas": "클러스터마다 레플리카 수.",
    "cost --followers": "클러스터마다 구독하는 사람 수.",
    "cost --alarms-per-day": "클러스터마다 하루에 받는 보고 수.",
    "cost --firing": "비교할 때 동시에 발생 중인 알람 수.",
    "cost --heartbeat": "연결 확인 신호의 간격(초).",
    "cost --price": "1 GB 요금. 청구서의 단위이며 기본값은 원입니다.",
    "demo --once": "과정을 보여 주고 끝냅니다. 단계가 하나라도 실패하면 실패합니다.",
}
"""By command and option, or by option alone where several commands share it."""
