"""Korean for what the command line says. The English text in the code is the key.

A test compares the two sides: no text without its Korean, none left behind, the same placeholders.
"""

from __future__ import annotations

TEXTS = {
    "Run an agent: one replica of a cluster.": "에이전트(클러스터의 복제본 하나)를 실행합니다.",
    "Report an alarm.": "알람을 보고합니다.",
    "Follow alarms as they come.": "들어오는 알람을 계속 보여 줍니다.",
    "List alarms as they stand.": "현재 알람 목록을 보여 줍니다.",
    "Show one alarm and what became of it.": "알람 하나와 그 처리 과정을 보여 줍니다.",
    "Say that you are on it.": "알람을 확인했음을 알립니다.",
    "Show how a cluster is.": "클러스터 상태를 보여 줍니다.",
    "List channels, or send a test message.": "채널 목록을 보거나 시험 메시지를 보냅니다.",
    "Certificates for agents and people.": "에이전트와 사람이 쓸 인증서를 관리합니다.",
    "See it all work on this computer.": "이 컴퓨터에서 전체 동작을 직접 확인합니다.",
    "Print the version.": "버전을 출력합니다.",
    "Print a script for shell completion.": "셸 자동 완성 스크립트를 출력합니다.",
    "acknowledged by {by}": "{by} 님이 확인함",
    "to be sent to {channel}": "{channel} 채널로 보낼 예정",
    "There are no alarms.": "알람이 없습니다.",
    "No alarm is firing.": "발생 중인 알람이 없습니다.",
    "fingerprint: {fingerprint}": "지문: {fingerprint}",
    "over since {time}": "해제 시각: {time}",
    "{cluster} ({project}), asked {replica}, version {version}": (
        "{cluster} ({project}), 응답한 복제본 {replica}, 버전 {version}"
    ),
    "master: {master}, epoch {epoch}": "마스터: {master}, 에포크 {epoch}",
    "There is no master at the moment; alarms are taken and wait.": (
        "지금은 마스터가 없습니다. 알람은 접수되어 대기합니다."
    ),
    "{replica} is cut off from the master and delivers nothing.": (
        "{replica} 복제본은 마스터와 끊겨 있어 아무것도 전송하지 않습니다."
    ),
    "journal: {entries} entries, {bytes} bytes": "저널: 항목 {entries}개, {bytes}바이트",
    "outbox: {pending} to send, {dead} dead": "발신함: 전송 대기 {pending}건, 전송 불가 {dead}건",
    "There are no channels: alarms are kept and sent nowhere.": (
        "채널이 없습니다. 알람은 보관되지만 어디에도 전송되지 않습니다."
    ),
    "{name} took it in {duration} ms.": "{name} 채널이 {duration} ms 만에 받았습니다.",
    "{name} did not take it: {detail}": "{name} 채널이 받지 않았습니다: {detail}",
    "Up to {missed} records are no longer kept.": (
        "최대 {missed}건의 기록이 더 이상 보관되어 있지 않습니다."
    ),
    "{problem}; going on with another.": "{problem}; 다른 에이전트로 계속합니다.",
    "{address} answers; nothing was missed.": "{address} 응답함. 놓친 것은 없습니다.",
    "{problem}; going on without.": "{problem}; 캐시 없이 계속합니다.",
    "The cache was damaged and is filled again.": "캐시가 손상되어 다시 채웁니다.",
}
