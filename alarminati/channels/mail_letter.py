"""Layout of alarms in a mail. Pure: the same notice makes the same bytes, boundary included."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from hashlib import sha256

from alarminati.channels import html_text, parts
from alarminati.channels.listing import listing
from alarminati.channels.markup import Markup, length
from alarminati.channels.message import Message, rfc3339
from alarminati.channels.parts import pair_lines, small_print
from alarminati.channels.port import MarkupProfile
from alarminati.channels.wording import WORDS, mark

SUBJECT = 150
ROOM = 100_000  # for each part of a text; an alarm in full is smaller
REST = 5000

PLAIN = Markup(list, length, str, str, lambda address, shown: shown)
HTML = Markup(html_text.pieces, length, html_text.bold, html_text.italic, html_text.anchor)
FORM = MarkupProfile(HTML, 50_000, PLAIN)


def letter(message: Message, language: str, sender: str, to: str) -> bytes:
    """Return the mail, with every header it needs."""
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail = EmailMessage(policy.SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(address for _, address in getaddresses([to]))
    mail["Subject"] = _subject(message, language)
    mail["Date"] = format_datetime(datetime.fromtimestamp(_moment(message) // 1000, UTC))
    mail["Message-ID"] = f"<{_hash(message.key)}@{domain}>"
    if not message.digest:
        where = f"{message.items[0].fingerprint} {message.project} {message.cluster}"
        mail["In-Reply-To"] = mail["References"] = f"<{_hash(where)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content("\n".join(_lines(message, language, PLAIN)), cte="base64")
    shown = "<br>\n".join(_lines(message, language, HTML))
    mail.add_alternative(f"<html><body>{shown}</body></html>", subtype="html", cte="base64")
    mail.set_boundary(f"=_{_hash(message.key)}")
    return mail.as_bytes()


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]


def _moment(message: Message) -> int:
    """Return the time of the mail as far as known without a clock; milliseconds since 1970."""
    newest = max(item.moment or item.alarm.timestamp for item in message.items)
    return newest + round(message.late * 1000)


def _place(message: Message, project: str, markup: Markup) -> str:
    return f"{markup.one_line(project, 100)} · {markup.one_line(message.cluster, 100)}"


def _subject(message: Message, language: str) -> str:
    item = message.items[0]
    if message.digest:
        listed = listing(message, PLAIN, language, 0, REST)
        return f"{mark(listed.worst)} {listed.title} | {_place(message, message.project, PLAIN)}"
    told = PLAIN.one_line(item.alarm.message, SUBJECT)
    return f"{parts.title(message, item, language, str)} | {told}"


def _lines(message: Message, language: str, markup: Markup) -> list[str]:
    if markup is PLAIN and message.text:
        message = replace(message, text=html_text.plain(message.text))
    return (_digest if message.digest else _single)(message, language, markup)


def _single(message: Message, language: str, markup: Markup) -> list[str]:
    item = message.items[0]
    alarm = item.alarm
    title = parts.title(message, item, language, str)
    title = markup.bold(markup.one_line(title, ROOM))  # a template's title is plain text
    small = [*small_print(message, item, language, rfc3339(alarm.timestamp)), str(item.id)]
    lines = [
        f"{title} | {_place(message, message.project_of(item), markup)}",
        *parts.body(message, item, markup, language, ROOM).split("\n"),
        "",
        *pair_lines(parts.labels_of(message, item), markup, language, 8000, ROOM),
        *pair_lines(parts.annotations_of(message, item), markup, language, 8000, ROOM),
        "",
        " | ".join(small),
    ]
    if alarm.link:
        address = markup.one_line(alarm.link, 8000)
        lines.append(f"{WORDS[language]['open']}: {markup.link(alarm.link, address)}")
    return lines


def _digest(message: Message, language: str, markup: Markup) -> list[str]:
    listed = listing(message, markup, language, ROOM, REST)
    title = markup.bold(f"{mark(listed.worst)} {listed.title}")
    lines = [f"{title} | {_place(message, message.project, markup)}", ""]
    lines += [line.text for line in listed.lines]
    return [*lines, "", *listed.foot]
