"""Korean for what `alarminati ui` prints. Taken in by `korean.py`."""

from __future__ import annotations

TEXTS = {
    "Open the app: all your clusters on one page.": (
        "앱을 엽니다. 내 클러스터의 알람을 한곳에서 봅니다."
    ),
    "Three agents start; the day of alarms comes while you look.": (
        "에이전트 3개를 시작합니다. 지켜보는 동안 하루치 알람이 들어옵니다."
    ),
    "The app runs already.": "앱이 이미 실행 중입니다.",
    "The app is open in your browser; Ctrl-C ends it.": (
        "브라우저에서 앱을 열었습니다. Ctrl-C를 누르면 끝납니다."
    ),
    "Open this address within five minutes:": "5분 안에 이 주소를 여세요:",
    "port {port} is taken: {reason}": "{port} 포트를 쓸 수 없습니다: {reason}",
    "Show which alarms came most, and how they were handled.": (
        "자주 온 알람과 처리 시간을 통계로 보여 줍니다."
    ),
    "Write the alarms of this computer as a file.": "이 PC에 있는 알람을 파일로 내보냅니다.",
    "Take in what another computer exported.": "다른 PC에서 내보낸 기록을 가져옵니다.",
    "--all takes everything: leave out --format, --search, --tab and --days": (
        "--all은 전체를 내보내므로 --format, --search, --tab, --days와 함께 쓸 수 없습니다"
    ),
    "name a file: alarminati export --all alarminati.jsonl.gz": (
        "파일 이름을 주세요: alarminati export --all alarminati.jsonl.gz"
    ),
    "There is no history on this computer: join a cluster first.": (
        "이 PC에 기록이 없습니다. 먼저 클러스터에 가입하세요."
    ),
    "Writing records": "기록 내보내는 중",
    "Writing alarms": "알람 내보내는 중",
    "Taking in records": "기록 가져오는 중",
    "{file}: {count} records, without keys. Clusters: {clusters}.": (
        "{file}: 클러스터 {clusters}개의 기록 {count}건을 썼습니다. 키는 들어 있지 않습니다."
    ),
    "{file}: {count} alarms.": "{file}: 알람 {count}건을 썼습니다.",
    "The app is open: end it with Ctrl-C, then import.": (
        "앱이 실행 중입니다. Ctrl-C로 끝낸 뒤 가져오세요."
    ),
    "For an Alertmanager's configuration: alarminati config import": (
        "Alertmanager 설정 파일이라면 alarminati config import를 쓰세요."
    ),
    "{file} cannot be read: {reason}": "{file} 파일을 읽을 수 없습니다: {reason}",
    "Records taken in: {count}; here already: {skipped}; clusters: {clusters}.": (
        "클러스터 {clusters}개: 기록 {count}건을 가져왔고, {skipped}건은 이미 있었습니다."
    ),
    "Not all of it could be taken in.": "일부는 가져오지 못했습니다.",
    "Now join each cluster again: alarminati join": (
        "이제 클러스터마다 다시 가입하세요: alarminati join"
    ),
    "No alarm in this time: {days} d.": "지난 {days}일 동안 알람이 없습니다.",
    "Alarms in {days} d: {count}; acknowledged by nobody: {unacked}.": (
        "지난 {days}일 동안 알람 {count}건, 그중 {unacked}건은 아무도 확인하지 않았습니다."
    ),
    "ALARM": "알람",
    "CLUSTER": "클러스터",
    "TIMES": "횟수",
    "AT NIGHT": "야간",
    "ACKNOWLEDGED IN": "확인까지",
    "RESOLVED IN": "해소까지",
    "FIRES LONGEST": "가장 오래 발생 중",
    "FOR": "기간",
    "DELIVERED": "전달됨",
    "LATE": "늦음",
    "FAILED": "전송 실패",
    "all": "전체",
    "{median}, 9 in 10 in {p90}": "{median} (10건 중 9건은 {p90} 안)",
    "Watch the alarms of all your clusters in the terminal.": (
        "모든 클러스터의 알람을 터미널에서 지켜봅니다."
    ),
    "You joined no cluster yet: alarminati join": (
        "아직 가입한 클러스터가 없습니다: alarminati join"
    ),
    "No alarm is waiting for you.": "처리할 알람이 없습니다.",
    "and {count} more": "그 밖에 {count}건",
    "to do {count}": "처리할 것 {count}",
    "firing {count}": "발생 중 {count}",
    "acknowledged {count}": "확인함 {count}",
    "this computer is offline": "내 PC가 오프라인",
    "late": "늦음",
    "silent": "무응답",
    "refused": "접근 차단됨",
    "offline": "알 수 없음",
    "stopped": "멈춤",
    "{count}d": "{count}일",
    "{count}h": "{count}시간",
    "{count}m": "{count}분",
    "{count}s": "{count}초",
    "0s": "방금",
}
