"""Korean for what `alarminati cost` prints. Taken in by `korean.py`."""

from __future__ import annotations

TEXTS = {
    "Estimate traffic and its price, beside an Alertmanager.": (
        "트래픽과 요금을 Alertmanager와 나란히 어림합니다."
    ),
    "WHAT": "항목",
    "A DAY": "하루",
    "A MONTH": "한 달",
    "PRICE": "한 달 요금",
    "between replicas, at rest": "레플리카 사이, 쉬고 있을 때",
    "between replicas, alarms": "레플리카 사이, 알람",
    "to followers, at rest": "구독자에게, 쉬고 있을 때",
    "to followers, alarms": "구독자에게, 알람",
    "all of Alarminati": "Alarminati 전체",
    "Alertmanager, three nodes at rest": "Alertmanager 세 노드, 쉬고 있을 때",
    "Alertmanager, polled by followers every 15 s": "Alertmanager, 구독자가 15초마다 조회할 때",
    "Whole IP packets of {clusters} clusters; a month has 30 days.": (
        "클러스터 {clusters}개의 IP 패킷 전체이며, 한 달은 30일입니다."
    ),
}
