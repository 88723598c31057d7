"""Korean for what `alarminati ui` prints. Taken in by `korean.py`."""

from __future__ import annotations

TEXTS = {
    "Open the app: all your clusters on one page.": (
        "앱을 엽니다. 내 클러스터의 알람을 한곳에서 봅니다."
    ),
    "The app needs more packages: pip install 'alarminati[ui]'": (
        "앱에 필요한 패키지가 없습니다: pip install 'alarminati[ui]'"
    ),
    "Three agents start; the day of alarms comes while you look.": (
        "에이전트 3개를 시작합니다. 하루치 알람이 보는 동안 들어옵니다."
    ),
    "The app runs already.": "앱이 이미 실행 중입니다.",
    "The app is open in your browser; Ctrl-C ends it.": (
        "브라우저에서 앱을 열었습니다. Ctrl-C를 누르면 끝납니다."
    ),
    "Open this address within five minutes:": "5분 안에 이 주소를 여세요:",
    "port {port} is taken: {reason}": "{port} 포트를 쓸 수 없습니다: {reason}",
}
