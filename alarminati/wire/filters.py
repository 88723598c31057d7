"""Filters of requests, as the core's filters."""

from __future__ import annotations

from collections.abc import Iterable

from alarminati.core.model.entries import Severity
from alarminati.core.model.filter import Filter
from alarminati.core.model.matchers import Matcher
from alarminati.core.model.validation import Invalid
from alarminati.v1 import subscription_pb2 as pb

TERMS = 100  # projects, or matchers, in one filter
FINGERPRINTS = 1000  # in one filter
TEXT_LIMIT = 1024  # characters of `text`, and of a matcher
_DIGITS = frozenset("0123456789abcdef")


def filter_from_proto(message: pb.Filter) -> Filter:
    """Return the filter of a subscription. Raises Invalid naming the field."""
    for field, count, most in (
        ("projects", len(message.projects), TERMS),
        ("matchers", len(message.matchers), TERMS),
        ("fingerprints", len(message.fingerprints), FINGERPRINTS),
        ("types", len(message.types), TERMS),
    ):
        if count > most:
            raise Invalid(f"filter.{field}", f"has {count} terms; at most {most} are allowed")
    if message.min_severity < 0:
        raise Invalid("filter.min_severity", f"is {message.min_severity}; it must not be negative")
    if len(message.text) > TEXT_LIMIT:
        said = f"has {len(message.text)} characters; at most {TEXT_LIMIT} are allowed"
        raise Invalid("filter.text", said)
    return Filter(
        Severity.at(message.min_severity) if message.min_severity else None,
        tuple(sorted(set(message.projects))),
        _matchers(message.matchers),
        _types(message.types),
        _fingerprints(message.fingerprints),
        message.text,
    )


def alarm_filter_from_proto(message: pb.Filter) -> Filter:
    """Return the filter of a call on alarms. Raises Invalid naming the field."""
    if message.types:
        raise Invalid("filter.types", "is for Subscribe only; this call is about alarms")
    return filter_from_proto(message)


def _matchers(texts: Iterable[str]) -> tuple[str, ...]:
    for number, text in enumerate(texts):
        if len(text) > TEXT_LIMIT:
            said = f"has {len(text)} characters; at most {TEXT_LIMIT} are allowed"
            raise Invalid(f"filter.matchers[{number}]", said)
        try:
            Matcher.parse(text)
        except ValueError as error:
            raise Invalid(f"filter.matchers[{number}]", str(error)) from None
    return tuple(sorted(set(texts)))


def _types(numbers: Iterable[int]) -> tuple[int, ...]:
    """Keep types of a later version: no record here is of such a type, and none passes."""
    for place, number in enumerate(numbers):
        if number < 1:
            raise Invalid(f"filter.types[{place}]", f"is {number}, which is no type of a record")
    return tuple(sorted(set(numbers)))


def _fingerprints(texts: Iterable[str]) -> tuple[str, ...]:
    for number, text in enumerate(texts):
        if len(text) != 16 or not _DIGITS.issuperset(text):
            said = "is no fingerprint; send 16 hexadecimal digits in lower case"
            raise Invalid(f"filter.fingerprints[{number}]", said)
    return tuple(sorted(set(texts)))
