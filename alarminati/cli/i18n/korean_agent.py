"""Korean for the options of `agent`, which are the keys of its configuration."""

from __future__ import annotations

OPTIONS: dict[str, str] = {
    "--config": "YAML 파일",
    "--print-unit": "systemd 유닛을 출력하고 끝냄",
    "--project": "팀에서 부르는 제품 이름",
    "--cluster": "레플리카들이 이루는 클러스터의 이름",
    "--name": "이 레플리카만의 이름. 주지 않으면 호스트 이름",
    "--data": "저널을 두는 폴더",
    "--listen-grpc": "gRPC 포트: 알람, 구독, 레플리카 간 통신",
    "--listen-http": "웹훅과 POST /v1/alarms 포트. off: 쓰지 않음",
    "--listen-health": "평문 /livez, /readyz, /metrics, /h 포트. off: 쓰지 않음",
    "--advertise": "다른 레플리카가 이 레플리카에 접속할 주소. 스스로 알아내지 못할 때 지정",
    "--discovery-mode": "레플리카가 서로를 찾는 방법. 주지 않으면 peers나 service 설정에 따름",
    "--discovery-peers": "다른 레플리카의 주소",
    "--discovery-service": "DNS로 레플리카를 알려 주는 헤드리스 서비스",
    "--tls": "ca.crt, tls.crt, tls.key가 있는 폴더",
    "--tls-mode": "insecure: TLS를 쓰지 않음. 루프백에서만 허용",
    "--tls-ca": "인증 기관의 인증서(PEM)",
    "--tls-cert": "이 레플리카의 인증서(PEM)",
    "--tls-key": "이 레플리카의 개인 키(PEM)",
    "--tls-ca-key": ("인증 기관의 개인 키(PEM). `alarminati invite`에 필요하며 문서에 설명이 있음"),
    "--cluster-key": (
        "운영자가 등록한 채널을 봉인하는 키. 모든 레플리카가 같아야 하며, 주지 않으면 tls.key"
        " 옆의 cluster.key. 첫 번째 키로 봉인하고 모든 키로 풂. file:PATH 또는 env:NAME"
    ),
    "--channels": "알람을 보낼 채널",
    "--route-channels": "하위 경로에 해당하지 않는 알람을 받을 채널. 주지 않으면 모든 채널",
    "--route-group-by": "값이 같은 알람을 묶어 전달할 레이블. ...은 모든 레이블",
    "--route-group-wait": "전달하기 전에 같은 그룹의 알람을 기다리는 시간. 주지 않으면 0s",
    "--route-group-interval": "한 그룹에 대한 메시지 사이의 최소 간격. 주지 않으면 0s",
    "--route-repeat-interval": "계속 발생 중인 알람의 재알림 간격. 주지 않으면 0s(재알림 없음)",
    "--route-mute-time-intervals": "전달하지 않을 시간대(time_intervals의 이름)",
    "--route-active-time-intervals": (
        "전달할 시간대(time_intervals의 이름). 그 밖의 시간에는 전달하지 않음"
    ),
    "--route-escalate": "아무도 확인하지 않은 알람을 언제 누구에게 더 알릴지",
    "--route-routes": "하위 경로. 먼저 일치하는 경로를 씀",
    "--time-intervals": "이름을 붙인 시간대(요일, 시각, 날짜)",
    "--inhibit-rules": "어떤 알람이 발생 중일 때 어떤 알람을 억제할지",
    "--flapping-count": "window 안에 이 횟수만큼 발생하면 플래핑으로 봄. 0: 쓰지 않음",
    "--flapping-window": "발생 횟수를 세는 시간",
    "--flapping-cooldown": "이 시간 동안 변화가 없으면 플래핑이 끝난 것으로 봄",
    "--checks": "헬스 체크를 할 주소",
    "--heartbeats": "주기적으로 소식이 와야 하는 작업",
    "--http-anonymous": (
        "토큰이나 서명 없이 HTTP로 보고할 수 있는 주소. 주지 않으면 loopback, sources가 있으면 none"
    ),
    "--http-rate": "익명 주소 하나가 1초에 보낼 수 있는 평균 요청 수",
    "--http-burst": "익명 주소 하나가 한꺼번에 보낼 수 있는 요청 수",
    "--http-readers": (
        "/api/v2의 알람과 사일런스를 읽을 수 있는 소스(amtool, karma 등). 토큰 없이 보고할 수 있는"
        " 이 컴퓨터에서는 언제나 읽을 수 있습니다"
    ),
    "--http-silencers": "/api/v2에서 사일런스를 만들 수 있는 소스",
    "--http-prefix": (
        "보내는 쪽이 모든 경로 앞에 붙일 수 있는 문자열. 예: /alertmanager(상대의 path_prefix)"
    ),
    "--queues": "알람을 가져올 메시지 큐",
    "--copies": "레플리카 밖에 두는 저널의 사본",
    "--sources": "토큰이나 서명으로 HTTP 보고를 할 수 있는 프로그램",
    "--priority": "동작 중인 레플리카 중 이 값이 가장 큰 레플리카가 마스터가 됨",
    "--seed": "마스터가 될 순서를 섞는 값. 모든 레플리카가 같아야 함",
    "--keepalive-interval": "연결 확인 신호의 간격",
    "--retention-max-age": "기록을 보관하는 최대 기간",
    "--retention-max-entries": "보관하는 기록의 최대 개수",
    "--limits-pending-alarms": (
        "디스크 기록을 동시에 기다릴 수 있는 알람 수(KiB 단위 크기 한도도 같은 값)"
    ),
    "--limits-firing-alarms": "동시에 발생 중일 수 있는 알람 수",
    "--limits-alarm-size": "알람 하나의 텍스트 전체 크기, 최대 64KiB",
    "--limits-subscribers": "동시 구독자 수",
    "--limits-connections": "동시 HTTP 연결 수",
    "--limits-connections-per-address": "그중 이 컴퓨터가 아닌 주소 하나의 연결 수",
    "--limits-body-size": "HTTP 본문 하나의 크기",
    "--limits-total-body-size": "동시에 읽고 있는 HTTP 본문 전체의 크기",
    "--log-level": "로그를 남기는 수준",
    "--log-format": "한 줄에 하나씩 남기는 로그의 형식: text 또는 JSON",
}
