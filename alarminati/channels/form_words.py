"""Words of the forms in which people set channels up, English and Korean: title and description.

A key that means something else in one type has an entry of its own, "type.key".
"""

from __future__ import annotations

from typing import Final, NamedTuple


class FieldWords(NamedTuple):
    """Title and description of one setting."""

    title: str
    description: str
    korean_title: str
    korean_description: str


def words_of(type_: str, key: str) -> FieldWords | None:
    """Return the words of a setting, or None."""
    return WORDS.get(f"{type_}.{key}") or WORDS.get(key)


WORDS: Final[dict[str, FieldWords]] = {
    "url": FieldWords(
        "Webhook URL",
        "Address that the service gave for incoming messages. Keep it secret.",
        "웹훅 URL",
        "서비스가 수신용으로 발급한 주소입니다. 아는 사람은 누구나 보낼 수 있습니다.",
    ),
    "apprise.url": FieldWords(
        "Apprise URL",
        "One address in Apprise's notation, such as ntfy://... or matrix://...",
        "Apprise URL",
        "ntfy://..., matrix://... 같은 Apprise 표기의 주소 하나입니다.",
    ),
    "pagerduty.url": FieldWords(
        "Events API",
        "Address of PagerDuty's Events API v2; in the EU another.",
        "Events API",
        "PagerDuty Events API v2의 주소입니다. EU에서는 다릅니다.",
    ),
    "webhook.url": FieldWords(
        "URL",
        "Address to which notifications are posted as JSON.",
        "URL",
        "알림을 JSON으로 POST할 주소입니다.",
    ),
    "secret": FieldWords(
        "Signing secret",
        "Signs the body (HMAC-SHA256), so that the receiver knows who sent it.",
        "서명 키",
        "받는 쪽이 보낸 이를 확인할 수 있도록 본문에 서명합니다(HMAC-SHA256).",
    ),
    "headers": FieldWords(
        "Headers",
        "HTTP headers that are sent along; their values are secret.",
        "헤더",
        "함께 보낼 HTTP 헤더입니다. 값은 비밀로 보관합니다.",
    ),
    "length": FieldWords(
        "Length", "Characters in one message.", "길이", "메시지 하나의 글자 수입니다."
    ),
    "token": FieldWords(
        "Bot token", "Token of the bot that sends.", "봇 토큰", "보내는 봇의 토큰입니다."
    ),
    "slackbot.token": FieldWords(
        "Bot token",
        "Token of a Slack app with the scope chat:write, xoxb-...",
        "봇 토큰",
        "chat:write 권한이 있는 Slack 앱의 토큰입니다(xoxb-...).",
    ),
    "channel": FieldWords(
        "Channel",
        "Id of the Slack channel, such as C0123456789, or #name. The app must be in it.",
        "채널",
        "Slack 채널의 ID(C0123456789) 또는 #이름입니다. 앱이 들어가 있어야 합니다.",
    ),
    "chat_id": FieldWords(
        "Chat",
        "Number of the chat, such as -1001234567890, or @channel.",
        "채팅",
        "채팅의 번호(-1001234567890) 또는 @채널입니다.",
    ),
    "topic": FieldWords(
        "Topic",
        "Number of the topic in a group with topics; 0: none.",
        "주제",
        "주제가 있는 그룹에서 주제의 번호입니다. 0이면 없음입니다.",
    ),
    "update": FieldWords(
        "Later messages",
        "Whether later messages about an alarm answer the first one, replace it, or stand alone.",
        "이어지는 메시지",
        "같은 알람의 다음 메시지를 첫 메시지의 댓글로 달지, 고쳐 쓸지, 따로 보낼지 정합니다.",
    ),
    "client_id": FieldWords(
        "REST API key",
        "REST API key of the Kakao app.",
        "REST API 키",
        "카카오 앱의 REST API 키입니다.",
    ),
    "client_secret": FieldWords(
        "Client secret",
        "Only when the Kakao app asks for it.",
        "클라이언트 시크릿",
        "카카오 앱이 요구할 때만 필요합니다.",
    ),
    "refresh_token": FieldWords(
        "Refresh token",
        "Of the sender, with the consent talk_message. It is renewed from then on.",
        "리프레시 토큰",
        "talk_message에 동의한 발신자의 토큰입니다. 이후에는 스스로 갱신합니다.",
    ),
    "link": FieldWords(
        "Link",
        "Where a message leads. Its domain must be registered for the Kakao app.",
        "링크",
        "메시지를 누르면 열리는 주소입니다. 카카오 앱에 등록한 도메인이어야 합니다.",
    ),
    "friends": FieldWords(
        "Friends",
        "Uuids of up to five friends. None: to oneself.",
        "친구",
        "친구 최대 다섯 명의 uuid입니다. 없으면 나에게 보냅니다.",
    ),
    "per_day": FieldWords(
        "Messages a day",
        "Messages of one sender in 24 hours.",
        "하루 메시지 수",
        "발신자 한 명이 24시간에 보낼 수 있는 메시지 수입니다.",
    ),
    "api": FieldWords("API", "Address of the service's API.", "API", "서비스의 API 주소입니다."),
    "auth": FieldWords("Login API", "Address of the login.", "로그인 API", "로그인 주소입니다."),
    "app_key": FieldWords("App key", "Key of the bot.", "앱 키", "봇의 키입니다."),
    "conversation": FieldWords(
        "Conversation",
        "Number of a conversation that the bot is in. Either this or a mail address.",
        "대화방",
        "봇이 들어가 있는 대화방의 번호입니다. 대화방과 메일 주소 중 하나만 씁니다.",
    ),
    "email": FieldWords(
        "Mail address",
        "Of a person in the workspace. Either this or a conversation.",
        "메일 주소",
        "워크스페이스에 있는 사람의 메일 주소입니다. 대화방과 메일 주소 중 하나만 씁니다.",
    ),
    "host": FieldWords("Mail server", "Name of the server.", "메일 서버", "서버의 이름입니다."),
    "sender": FieldWords(
        "From",
        "Address of the sender, such as Alarms <alarms@example.org>.",
        "보내는 사람",
        "보내는 사람의 주소입니다(예: Alarms <alarms@example.org>).",
    ),
    "to": FieldWords(
        "To",
        "Addresses of the receivers, with commas between them.",
        "받는 사람",
        "받는 사람의 주소입니다. 여럿이면 쉼표로 나눕니다.",
    ),
    "port": FieldWords("Port", "Port of the server.", "포트", "서버의 포트입니다."),
    "tls": FieldWords(
        "Encryption",
        "starttls, tls from the first byte, or none. Empty: by the port.",
        "암호화",
        "starttls, 처음부터 tls, 또는 none입니다. 비우면 포트에 따릅니다.",
    ),
    "hello": FieldWords(
        "Greeting",
        "Name with which the server is greeted. Empty: our address.",
        "인사 이름",
        "서버에 인사할 때 쓰는 이름입니다. 비우면 우리 주소를 씁니다.",
    ),
    "username": FieldWords(
        "User name", "For the mail server.", "사용자 이름", "메일 서버의 사용자 이름입니다."
    ),
    "password": FieldWords(
        "Password", "For the mail server.", "비밀번호", "메일 서버의 비밀번호입니다."
    ),
    "routing_key": FieldWords(
        "Integration key",
        "Of a service or an event orchestration, 32 letters and digits.",
        "연동 키",
        "서비스 또는 이벤트 오케스트레이션의 키입니다(32자).",
    ),
    "rate": FieldWords(
        "Rate",
        "Messages a second, in the long run.",
        "속도",
        "길게 보아 1초에 보내는 메시지 수입니다.",
    ),
    "burst": FieldWords(
        "Burst",
        "Messages at once after a rest.",
        "버스트",
        "쉬고 난 뒤 한꺼번에 보낼 수 있는 메시지 수입니다.",
    ),
    "max_items": FieldWords(
        "Alarms in a digest",
        "Alarms that one digest lists.",
        "묶음 알림의 알람 수",
        "묶음 알림 하나에 싣는 알람 수입니다.",
    ),
    "timeout": FieldWords(
        "Timeout",
        "Time for one exchange, such as 10s.",
        "제한 시간",
        "한 번 주고받는 데 주는 시간입니다(예: 10s).",
    ),
    "ca": FieldWords(
        "Certificates",
        "Certificates (PEM) to trust instead of the system's.",
        "인증서",
        "시스템의 인증서 대신 신뢰할 인증서(PEM)입니다.",
    ),
    "language": FieldWords(
        "Language", "Language of the fixed words.", "언어", "정해진 문구의 언어입니다."
    ),
    "title": FieldWords(
        "Title template",
        "Jinja2 template of the title. Empty: ours.",
        "제목 템플릿",
        "제목의 Jinja2 템플릿입니다. 비우면 기본 제목을 씁니다.",
    ),
    "template": FieldWords(
        "Text template",
        "Jinja2 template of an alarm's text, labels and annotations. Empty: ours.",
        "본문 템플릿",
        "알람의 본문, 레이블, 어노테이션의 Jinja2 템플릿입니다. 비우면 기본 본문을 씁니다.",
    ),
    "fallback_after": FieldWords(
        "Fallback after",
        "Time until the fallback is sent what this channel does not take.",
        "대체 채널까지",
        "이 채널이 받지 않은 알림을 대체 채널로 보낼 때까지의 시간입니다.",
    ),
    "test_interval": FieldWords(
        "Test interval",
        "Time between messages that test the channel; 0: never.",
        "시험 간격",
        "채널을 시험하는 메시지의 간격입니다. 0이면 시험하지 않습니다.",
    ),
    "resolved": FieldWords(
        "Resolved alarms",
        "Whether the end of an alarm is notified.",
        "해소 알림",
        "알람이 해소된 것도 알릴지 정합니다.",
    ),
}
