"""Filters of requests, as the core's filters."""

from __future__ import annotations

from alarminati.core.model.entries import Severity
from alarminati.core.model.filter import Filter
from alarminati.core.model.validation import Invalid
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire.codec import pairs

TERMS = 100  # projects, or labels, in one filter


def filter_from_proto(message: pb.Filter) -> Filter:
    """Return the filter of a request. Raises Invalid naming the field."""
    for field, count in (("projects", len(message.projects)), ("labels", len(message.labels))):
        if count > TERMS:
            raise Invalid(f"filter.{field}", f"has {count} terms; at most {TERMS} are allowed")
    if message.min_severity < 0:
        raise Invalid("filter.min_severity", f"is {message.min_severity}; it must not be negative")
    least = Severity.at(message.min_severity) if message.min_severity else None
    projects = tuple(sorted(set(message.projects)))
    return Filter(least, projects, pairs(message.labels), message.deliveries)
