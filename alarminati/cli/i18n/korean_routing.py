"""Korean for what `explain` and `config` say."""

from __future__ import annotations

TEXTS = {
    "Find out why an alarm was told, or where one would go.": (
        "알람이 왜 전달되었는지, 왜 전달되지 않았는지, 어디로 갈지 알아봅니다."
    ),
    "attempt {number} from {replica}: {result}": "{number}번째 시도, {replica}: {result}",
    "    not told: {why}": "    전달 보류: {why}",
    "    told at {time} at the earliest": "    빨라야 {time}에 전달",
    "    what it does not take goes to {channel}, too": (
        "    전달되지 않으면 {channel} 채널로도 전송"
    ),
    "Check or import a configuration, or print its schema.": (
        "에이전트 설정을 검사하거나 가져오고, 그 스키마를 출력합니다."
    ),
    "{labels}, at {time}": "{labels}, 시각 {time}",
    "without a severity, as an alert may be; `alarminati report` gives each one: WARNING": (
        "심각도가 없습니다(Alertmanager의 알람에는 없을 수 있습니다). `alarminati report`의"
        " 기본값은 WARNING입니다"
    ),
    "no condition": "매처 없음",
    "taken by {route} ({matchers})": "{route} 경로에 해당 ({matchers})",
    ", {after} after its start unless acknowledged": ", 발생 후 {after} 동안 확인하지 않으면",
    "    what it does not take within {after} goes to {channel}, too": (
        "    {after} 안에 전달되지 않으면 {channel} 채널로도 전송"
    ),
    "No channel is told; the alarm is kept and shown.": (
        "어느 채널에도 전송되지 않습니다. 알람은 보관되고 조회할 수 있습니다."
    ),
    "kept quiet while an alarm fires that fits {matchers}{equal}": (
        "다음 조건의 알람이 발생 중이면 전송하지 않음: {matchers}{equal}"
    ),
    " and has the same {labels}": ", {labels} 값이 같을 때",
    "    waits {wait} for others of its group ({group}), then {interval} between messages": (
        "    같은 그룹({group})의 알람을 {wait} 기다림, 이후 메시지 간격 {interval}"
    ),
    "all of the branch": "경로 전체",
    "    told again every {interval} until it is over or acknowledged": (
        "    해소되거나 확인될 때까지 {interval}마다 재알림"
    ),
    "    not now: {intervals}, until {time} at least": (
        "    지금은 알림 제한 시간: {intervals}, 최소 {time}까지"
    ),
    "error: {sentence}": "오류: {sentence}",
    "warning: {sentence}": "경고: {sentence}",
    "{file} is in order.": "{file}: 이상이 없습니다.",
    "{file} exists already; choose another": (
        "{file} 파일이 이미 있습니다. 다른 이름을 지정하세요"
    ),
}
