"""Korean for why a channel was notified of an alarm, or was not."""

from __future__ import annotations

TEXTS = {
    "is notified now, for the first time": "지금 처음으로 알림을 보냅니다",
    "is notified now: the state changed": "상태가 바뀌어 지금 알림을 보냅니다",
    "is notified now: the severity was raised": "심각도가 높아져 지금 알림을 보냅니다",
    "is notified now: the alarm was acknowledged": "확인되었음을 지금 알립니다",
    "is notified now: a reminder is due": "반복 알림 시각이 되어 지금 알림을 보냅니다",
    "is notified now: the alarm was not acknowledged in time": (
        "제때 확인하지 않아 지금 알림을 보냅니다"
    ),
    "is notified now, in place of a channel that fails": (
        "전송에 실패한 다른 채널을 대신해 지금 알림을 보냅니다"
    ),
    "waits for other alarms of its group": "같은 그룹의 다른 알람을 기다리는 중",
    "waits for the rate limit of the channel": "채널의 전송 속도 제한 때문에 대기 중",
    "is being sent": "전송 중",
    "the channel failed and is tried again": "채널 전송에 실패해 재시도 예정",
    "the channel asked for a pause": "채널이 잠시 전송을 멈추라고 요청함",
    "muted": "알림 보류",
    "was notified": "알림을 보냄",
    "was notified; a reminder follows": "알림을 보냄, 반복 알림 예정",
    "is notified unless the alarm is acknowledged": "확인하지 않으면 알림을 보낼 예정",
    "not notified: acknowledged or resolved before the escalation": (
        "보내지 않음: 단계적 알림 전에 확인되거나 해소됨"
    ),
    "the channel did not take it: see `alarminati dead-letters`": (
        "전송 실패함: `alarminati dead-letters`로 볼 수 있습니다"
    ),
    "not notified: it gets no resolved notices": "보내지 않음: 해소 알림을 받지 않는 채널",
    "not notified: the alarm was muted all the time": "보내지 않음: 발생 내내 알림 보류 상태였음",
    "not notified: the alarm changes too often": "보내지 않음: 알람이 너무 자주 바뀜(플래핑)",
    "not notified: resolved before the channel was there": (
        "보내지 않음: 채널이 생기기 전에 해소됨"
    ),
    "no route leads there": "이어지는 전달 경로 없음",
    "a reason of a later version": "이후 버전의 이유",
    ", at {time} at the earliest": ", 빨라도 {time}",
}
