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
}
