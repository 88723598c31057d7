"""Korean for what the command line says. The English text in the code is the key.

A test compares the two sides: no text without its Korean, none left behind, the same placeholders.
"""

from __future__ import annotations

from alarminati.cli.i18n import (
    korean_access,
    korean_cost,
    korean_deliveries,
    korean_doctor,
    korean_import,
    korean_routing,
    korean_tables,
    korean_ui,
)

TEXTS = {
    **korean_doctor.TEXTS,
    **korean_import.TEXTS,
    **korean_deliveries.TEXTS,
    **korean_routing.TEXTS,
    **korean_cost.TEXTS,
    **korean_tables.TEXTS,
    **korean_ui.TEXTS,
    **korean_access.TEXTS,
    "Run an agent: one replica of a cluster.": "에이전트(클러스터의 레플리카 하나)를 실행합니다.",
    "Commands": "명령",
    "Run a relay: a door for clusters without ingress.": (
        "릴레이(인그레스가 없는 클러스터의 입구)를 실행합니다."
    ),
    "List and send what waits on this computer.": (
        "이 컴퓨터에서 대기 중인 알람을 조회하고 보냅니다."
    ),
    "No agent took it; it waits in {folder}. The next report or `alarminati spool flush`"
    " sends it.": (
        "알람을 받은 에이전트가 없어 {folder}에 보관합니다. 다음 보고나 `alarminati spool flush`가"
        " 보냅니다."
    ),
    "waiting": "대기 중",
    "Nothing waits.": "대기 중인 알람이 없습니다.",
    "{sent} sent, {refused} refused, {pending} still wait.": (
        "{sent}건 전송, {refused}건 거부됨, {pending}건 대기 중."
    ),
    "this needs more packages: pip install 'alarminati[{extra}]'": (
        "패키지가 더 필요합니다: pip install 'alarminati[{extra}]'"
    ),
    " (see {command} --help)": " (도움말: {command} --help)",
    "Report an alarm.": "알람을 보고합니다.",
    "Follow alarms as they come.": "들어오는 알람을 실시간으로 보여 줍니다.",
    "List alarms as they stand.": "현재 알람 목록을 보여 줍니다.",
    "Show one alarm and what became of it.": "알람 하나와 그 처리 과정을 보여 줍니다.",
    "Say that you are on it.": "알람을 확인했다고 표시합니다.",
    "Say that nobody is on it any longer.": "확인을 취소합니다.",
    "Add a note to alarms.": "알람에 메모를 남깁니다.",
    "Name who is to work on alarms.": "알람의 담당자를 정합니다.",
    "say to whom: either --to NAME or --nobody": ("--to NAME 또는 --nobody로 담당자를 지정하세요"),
    "assigned to {name}": "담당 {name}",
    "notes: {count}": "메모 {count}개",
    "acknowledgement taken back by {by}": "{by} 님이 확인을 취소함",
    "assigned to {name} by {by}": "{by} 님이 담당자를 {name} 님으로 정함",
    "assigned to nobody by {by}": "{by} 님이 담당자를 비움",
    "Show how a cluster is.": "클러스터 상태를 보여 줍니다.",
    "List silences, change and expire them.": "사일런스를 조회, 변경, 종료합니다.",
    "List, register, change, test and delete channels.": (
        "채널을 조회, 등록, 변경, 테스트, 삭제합니다."
    ),
    "List what channels never took, send it again or discard it.": (
        "전송 실패함을 조회하고, 다시 보내거나 버립니다."
    ),
    "{name} is changed; `alarminati channels test {name}` tries it.": (
        "{name} 채널을 변경했습니다. `alarminati channels test {name}` 명령으로 테스트해 보세요."
    ),
    "Keep alarms from being told for a while.": "일정 시간 동안 알림을 끕니다(사일런스).",
    "{name} is registered; `alarminati channels test {name}` tries it.": (
        "{name} 채널을 등록했습니다. `alarminati channels test {name}` 명령으로 테스트해 보세요."
    ),
    "{count} alarms that fire now will be told to {name}.": (
        "{name} 채널로 지금 발생 중인 알람 {count}건을 한꺼번에 전송합니다."
    ),
    "{name} is deleted; dead letters of what it was to be sent: {count}.": (
        "{name} 채널을 삭제했습니다. 전송 대기 중이던 알림을 전송 실패함으로 옮겼습니다: {count}건."
    ),
    "{name} is deleted.": "{name} 채널을 삭제했습니다.",
    "Dead letters discarded: {count}.": "전송 실패함에서 버린 알림: {count}건.",
    "Dead letters dropped for newer ones: {count}.": (
        "새 알림에 밀려 전송 실패함에서 사라진 알림: {count}건."
    ),
    "dead letters discarded by {by}": "{by} 님이 전송 실패함에서 버림",
    "There are no dead letters.": "전송 실패함이 비어 있습니다.",
    "Dead letters told again: {count}.": ("전송 실패함에서 {count}건을 다시 보냅니다."),
    "{key} (not shown)": "{key} (화면에 표시되지 않음)",
    "{id} silences until {until}; {fits} alarms that fire now fit.": (
        "{until}까지 사일런스를 적용합니다({id}). 지금 발생 중인 알람 {fits}건이 해당합니다."
    ),
    "It silences only at {times}; next from {start} to {end}.": (
        "{times}에만 적용됩니다. 다음 적용: {start}부터 {end}까지."
    ),
    "now": "지금",
    "{matchers} would silence {count} alarms that fire now.": (
        "{matchers}: 지금 발생 중인 알람 {count}개의 알림을 끕니다."
    ),
    "  and {count} more": "  그 밖에 {count}개",
    "{id} has no labels to silence it by; give matchers, such as severity=WARNING": (
        "{id} 알람에는 사일런스에 쓸 레이블이 없습니다. severity=WARNING 같은 매처를 쓰세요"
    ),
    "Mark that something happened, such as a deploy.": "배포 같은 일을 마크로 남깁니다.",
    "List marks: what happened beside the alarms.": "알람 곁에 남긴 마크를 보여 줍니다.",
    "There are no marks.": "마크가 없습니다.",
    "marked by {by}": "{by} 님의 마크",
    "There are no silences.": "설정된 사일런스가 없습니다.",
    "pending": "대기",
    "active": "적용 중",
    "expired": "만료",
    "An equal silence {id} runs until {until}; expire one of them, or change it:"
    " alarminati silences update {id}": (
        "조건이 같은 사일런스 {id} 항목이 {until}까지 적용됩니다. 둘 중 하나를 끝내거나"
        " 바꾸세요: alarminati silences update {id}"
    ),
    'put the message in quotes: alarminati report "disk is full"': (
        '메시지를 따옴표로 묶으세요: alarminati report "disk is full"'
    ),
    "there is no file {given} that can be read, and an invitation would begin with {mark}": (
        "{given} 파일을 읽을 수 없고, {mark} 글자로 시작하는 초대장도 아닙니다"
    ),
    "{id} is over.": "사일런스 {id} 적용을 끝냈습니다.",
    "attempt {number}": "{number}번째 시도",
    "still firing ({reminder_number})": "계속 발생 중 ({reminder_number}회째)",
    "acknowledged": "확인됨",
    "severity raised": "심각도 상승",
    "No alarm with this text, labels and key was firing, so none has ended;"
    " `alarminati list` shows those that fire.": (
        "메시지, 레이블, 키가 모두 같은 알람이 발생 중이 아니어서 해소된 알람이 없습니다. 발생"
        " 중인 알람은 `alarminati list` 명령으로 볼 수 있습니다."
    ),
    "firing": "발생",
    "resolved": "해소됨",
    "delivered": "전달됨",
    "retry": "재시도",
    "failed": "전송 실패",
    "note by {by}": "{by} 님의 메모",
    "unreachable": "연결 안 됨",
    "rate limited": "속도 제한",
    "quota exceeded": "할당량 소진",
    "misconfigured": "설정 오류",
    "rejected": "거부됨",
    "given up": "재시도 포기",
    "channel removed": "채널 삭제됨",
    "again in {seconds} s": "{seconds}초 뒤 재시도",
    "silence by {by} is over": "{by} 님의 사일런스 종료",
    "not told: {why}": "전달 보류: {why}",
    "Certificates for agents and people.": ("에이전트와 사람이 쓸 인증서를 관리합니다."),
    "See it all work on this computer.": "이 컴퓨터에서 전체 동작을 직접 확인합니다.",
    "Print the version.": "버전을 출력합니다.",
    "Print a script for shell completion.": "셸 자동 완성 스크립트를 출력합니다.",
    "was {severity}": "최고 {severity}",
    "acknowledged by {by}": "{by} 님이 확인함",
    "ended by hand": "수동으로 해소함",
    "End alarms that nobody else ends.": "저절로 해소되지 않는 알람을 직접 해소합니다.",
    "no alarm {id} is kept": "{id} 알람이 없습니다",
    "alarm {id} is over already": "{id} 알람은 이미 해소되었습니다",
    "{count} alarms would be ended.": "알람 {count}개를 해소하게 됩니다.",
    "{count} alarms ended.": "알람 {count}개를 해소했습니다.",
    "Give ids, or --source, --label, --project or --min-severity to say which.": (
        "대상을 ID로 지정하거나 --source, --label, --project, --min-severity 중 하나로 지정하세요."
    ),
    "to be sent to {channel}": "{channel} 채널 전송 대기",
    "There are no alarms.": "알람이 없습니다.",
    "No alarm is firing.": "발생 중인 알람이 없습니다.",
    "fingerprint: {fingerprint}": "식별값: {fingerprint}",
    "over since {time}": "해소 시각: {time}",
    "{cluster} ({project}), asked {replica}, version {version}": (
        "{cluster} ({project}), 응답한 레플리카 {replica}, 버전 {version}"
    ),
    "master: {master}, epoch {epoch}": "마스터: {master}, 에포크 {epoch}",
    "There is no master at the moment; alarms are taken and wait.": (
        "지금은 마스터가 없습니다. 알람은 접수되어 대기합니다."
    ),
    "{replica} has no room on its disk and refuses alarms.": (
        "{replica} 레플리카의 디스크 공간이 부족해 알람을 받지 않습니다."
    ),
    "{replica} still reads its journal: it takes alarms and delivers nothing yet.": (
        "{replica} 레플리카가 아직 저널을 읽고 있습니다. 알람은 받지만 아직 전송하지 않습니다."
    ),
    "{replica} stands still: its disk does not answer, or a delivery does not end.": (
        "{replica} 레플리카가 멈춰 있습니다. 디스크가 응답하지 않거나 전송이 끝나지 않습니다."
    ),
    "{replica} is cut off from the master and delivers nothing.": (
        "{replica} 레플리카는 마스터와 연결이 끊겨 아무것도 전송하지 않습니다."
    ),
    "journal: {entries} entries, {bytes} bytes": "저널: 항목 {entries}개, {bytes}바이트",
    "outbox: {pending} to send, {dead} dead": ("발신함: 전송 대기 {pending}건, 전송 불가 {dead}건"),
    "alarms: {count} of at most {limit} fire, active silences: {silences}": (
        "알람: 상한 {limit}건 중 {count}건 발생 중, 적용 중인 사일런스 {silences}개"
    ),
    "queue {name} ({type}): {lag} wait, {accepted} taken, {dead} set aside": (
        "큐 {name}({type}): 대기 {lag}건, 받음 {accepted}건, 따로 둠 {dead}건"
    ),
    "! Queue {name} ({type}) is not connected: {reason}.": (
        "! 큐 {name}({type})에 연결되지 않았습니다: {reason}."
    ),
    "! {replica} cannot use its configuration and keeps the last good one: {reason}": (
        "! {replica} 레플리카가 설정을 사용할 수 없어 마지막으로 올바른 설정을 씁니다: {reason}"
    ),
    "! {replica} uses a part of its configuration only after a restart.": (
        "! {replica} 레플리카는 설정의 일부를 다시 시작한 뒤에야 사용합니다."
    ),
    "started: {time}": "시작: {time}",
    "certificate: until {time}": "인증서: {time}까지",
    "you are: {role} {name}": "나: {role} {name}",
    "There are no channels: alarms are kept and sent nowhere.": (
        "채널이 없습니다. 알람은 보관되지만 어디에도 전송되지 않습니다."
    ),
    "{name} took it in {duration} ms.": "{name} 채널이 {duration} ms 만에 받았습니다.",
    "{name} did not take it: {detail}": "{name} 채널이 받지 않았습니다: {detail}",
    "Up to {missed} records are no longer kept.": (
        "최대 {missed}건의 기록이 더 이상 보관되어 있지 않습니다."
    ),
    "{problem}; trying again.": "{problem}. 다시 시도합니다.",
    "to find out why: alarminati doctor": "원인 확인: alarminati doctor",
    "to find out why: alarminati doctor; to get a certificate: alarminati join": (
        "원인 확인: alarminati doctor, 인증서 받기: alarminati join"
    ),
    "{problem}; going on with another.": "{problem}. 다른 에이전트에 연결합니다.",
    "{address} answers; nothing was missed.": (
        "{address} 에이전트가 응답했습니다. 놓친 알람은 없습니다."
    ),
    "Following {whom}.": "{whom}의 알람을 기다리는 중입니다.",
    "Following {whom}. Nothing is new; -n 20 repeats.": (
        "{whom}의 알람을 기다리는 중입니다. 새 알람이 없습니다."
        " 최근 20건을 다시 보려면 -n 20을 쓰십시오."
    ),
    "another tail of this computer": "이 컴퓨터의 다른 tail",
    "{problem}; going on without.": "{problem}. 캐시 없이 계속합니다.",
    "The cache was damaged and is filled again.": "캐시가 손상되어 다시 채웁니다.",
    "Three agents on this computer, an application they watch, and a stand-in for Slack.": (
        "이 컴퓨터에서 에이전트 3개, 에이전트가 지켜보는 애플리케이션, Slack을 대신하는"
        " 수신기를 실행합니다."
    ),
    "Multicast does not work here, so the agents are told each other's addresses.": (
        "여기서는 멀티캐스트를 쓸 수 없어 에이전트에게 서로의 주소를 알려 줍니다."
    ),
    "Certificates are made and the agents start.": "인증서를 만들고 에이전트를 시작합니다.",
    "They find each other and elect a master.": "에이전트들이 서로를 찾아 마스터를 선출합니다.",
    "An alarm is reported to {name}, a standby.": ("스탠바이 {name} 에이전트에 알람을 보고합니다."),
    "The application breaks; the master checks its health every second.": (
        "애플리케이션이 고장 납니다. 마스터는 1초마다 헬스 체크를 합니다."
    ),
    "The application is mended.": "애플리케이션을 복구합니다.",
    "The master {name} is killed with kill -9, and an alarm is reported.": (
        "마스터 {name} 에이전트를 kill -9로 종료하고 곧바로 알람을 보고합니다."
    ),
    "{name} is started again.": "{name} 에이전트를 다시 시작합니다.",
    "Has everything been delivered?": "모두 전달되었을까요?",
    "{name}  process {pid}  {address}": "{name}  프로세스 {pid}  {address}",
    "{master} is master after {seconds} s; standing by: {others}": (
        "{seconds}초 만에 {master} 마스터 선출, 스탠바이: {others}"
    ),
    "{master} is master after {seconds} s, and alone": (
        "{seconds}초 만에 {master} 마스터 선출, 스탠바이 없음"
    ),
    "accepted after {ms} ms, copies on disk: {replicas}": (
        "{ms} ms 만에 접수, 디스크에 기록된 사본 {replicas}개"
    ),
    "delivered by {replica} after {seconds} s:": "{seconds}초 만에 전달, 보낸 레플리카 {replica}:",
    "To follow along in another terminal:": "다른 터미널에서 지켜보려면:",
    "{name} stands by under {master} and has what it missed, after {seconds} s": (
        "{name}: {seconds}초 만에 놓친 기록을 모두 받고 스탠바이로 동작, 마스터는 {master}"
    ),
    "yes: {alarms} alarms, {messages} messages, none lost, nothing left to send": (
        "네. 알람 {alarms}건, 메시지 {messages}건. 유실된 알람도 보낼 알람도 없습니다"
    ),
    "{twice} came twice, as may happen when a master dies": (
        "{twice}건은 두 번 왔습니다. 마스터가 갑자기 종료되면 그럴 수 있습니다"
    ),
    "silenced by {by} until {until}": "{by} 님의 사일런스, {until}까지",
    "inhibited by alarm {fingerprint}": "{fingerprint} 알람이 발생 중이라 억제됨",
    "inhibited until {until} by an alarm that is over": (
        "이미 해소된 알람 때문에 {until}까지 억제됨"
    ),
    "quiet hours ({names}) until {until} at least": ("알림 제한 시간({names}), 최소 {until}까지"),
    "it comes and goes; quiet until {until}": ("발생과 해소를 반복함(플래핑), {until}까지 보류"),
    "Your turn: what the channel gets is shown here. Ctrl-C ends it.": (
        "이제 직접 해 보세요. 채널이 받는 메시지를 여기에 보여 줍니다. Ctrl-C로 끝냅니다."
    ),
    "In another terminal:": "다른 터미널에서:",
    "Or kill an agent:": "에이전트를 강제로 종료해 봐도 됩니다:",
    "{name} has ended.": "{name} 에이전트가 종료되었습니다.",
    "{name} has ended": "{name} 프로세스가 종료됨",
    "it was not so after {seconds} s": "{seconds}초가 지나도 그대로임",
    "this did not come true: {step} ({why})": ("단계를 완료하지 못했습니다: {step} ({why})"),
    "All of it has ended, and its folder is gone.": "모두 종료하고 폴더도 지웠습니다.",
    "Everything has ended, though nobody asked for it.": (
        "아무도 요청하지 않았는데 모든 프로세스가 종료되었습니다."
    ),
    "Say that a job is well, begins, or failed.": (
        "작업이 정상인지, 시작하는지, 실패했는지 알립니다."
    ),
    "List jobs that must be heard of.": "주기적으로 소식이 와야 하는 작업을 조회합니다.",
    "Run a command, and report an alarm when it fails.": (
        "명령을 실행하고, 실패하면 알람을 보고합니다."
    ),
    "There are no heartbeats in the configuration.": "설정에 하트비트가 없습니다.",
    "there is no command {name}": "{name} 명령이 없습니다",
    "LAST": "마지막",
    "DUE": "기한",
    "MISSED": "누락",
    "See what is made of what other tools send.": (
        "다른 도구가 보내는 내용이 어떤 알람이 되는지 보여 줍니다."
    ),
    "refused: {problem}": "거부됨: {problem}",
    "note: {problem}": "참고: {problem}",
    "not used: {members}": "쓰이지 않은 항목: {members}",
    "There is no alarm in it.": "알람이 들어 있지 않습니다.",
    "Tokens for programs that report by HTTP.": "HTTP로 보고하는 프로그램용 토큰을 만듭니다.",
    "The token of {name}, shown this once:": "{name}의 토큰(이번 한 번만 표시됩니다):",
    "It is sent as Authorization: Bearer TOKEN, or as the password of basic authentication.": (
        "Authorization: Bearer TOKEN 헤더로, 또는 기본 인증의 비밀번호로 보냅니다."
    ),
    "An agent would take {file}; warnings: {count}.": (
        "에이전트는 {file} 설정을 받아들입니다. 경고 {count}건."
    ),
    "For the configuration of every replica, below `sources:`": (
        "모든 레플리카 설정 파일의 `sources:` 아래에 넣으세요:"
    ),
}
