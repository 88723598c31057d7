"""`alarminati tail`: prints alarms as they come, each once, until told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.filters import filter_options
from alarminati.cli.options.histories import cache_file
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import hint, in_words, json_option, translated
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import EntryId, Notification
from alarminati.core.model.filter import Filter, RecordType

if TYPE_CHECKING:
    from alarminati.client import Cache, Client, Event, Record, Subscription

READER = "tail"
"""Under this name the cache notes what was printed."""
TYPES = ("alarm", "action", "notification", "delivery_attempt", "silence", "dead_letter_discard")
ACTS = frozenset({"action", "silence", "dead_letter_discard"})
DELIVERIES = frozenset({"notification", "delivery_attempt"})
NOTICES = 10_000  # whose channels are remembered, for the outcomes that follow


@click.command()
@click.option(
    "--type",
    "types",
    multiple=True,
    type=click.Choice(TYPES),
    help="Records of this type, repeatable. [alarm]",
)
@click.option("--acks", is_flag=True, help="Also acknowledgements and silences.")
@click.option("--deliveries", is_flag=True, help="Also what was sent where and what came of it.")
@click.option("--from-now", is_flag=True, help="Nothing of what is kept; uses no cache.")
@click.option("--no-cache", is_flag=True, help="Everything that is kept, and nothing on disk.")
@click.option(
    "-n",
    "--last",
    type=click.IntRange(0, 10_000),
    default=0,
    help="Begin with the last so many records that are kept, printed before or not.",
)
@json_option
@filter_options
@reach_options(timeout=10.0)
def tail(
    reach: Target,
    filter: Filter,
    types: tuple[str, ...],
    acks: bool,
    deliveries: bool,
    from_now: bool,
    no_cache: bool,
    last: int,
    as_json: bool,
) -> None:
    """Follow alarms as they come.

    The first time everything that is kept is printed, later what this computer has not seen yet,
    with --last the last records: a history in $ALARMINATI_DATA (else ~/.local/share/alarminati)
    knows. A line killed half way is printed again. Goes on by itself when agents fail; ends with
    Ctrl-C or when nobody reads.

    --type says which records; alarms and marks when not given. With --json one record a line, an
    alarm as type ("alarm"), id, time, fingerprint, timestamp, severity, state ("firing" or
    "resolved"), project, message, labels, annotations, key, link, source.

    \b
    Example:
      alarminati tail --agent 10.0.0.5:7443,10.0.0.6:7443 --tls certificates
      alarminati tail --json --min-severity ERROR | jq -r .message
    """
    shown = frozenset(types) or frozenset({"alarm", "mark"})
    shown |= ACTS if acks or deliveries else frozenset()
    shown |= DELIVERIES if deliveries else frozenset()
    view = replace(filter, types=_asked(shown, exactly=from_now or no_cache))
    printer = _Printer(as_json, shown, len(set(reach.addresses)))
    with suppress(BrokenPipeError):
        asyncio.run(_tail(reach, view, printer, from_now, from_now or no_cache, last))
        return
    # What is left in the buffer has no reader either; Python would complain about it at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _asked(shown: frozenset[str], *, exactly: bool) -> tuple[RecordType, ...]:
    """Return the types to ask for. A cache has more, so that one serves several ways of looking."""
    if not exactly:
        return tuple(RecordType) if shown & DELIVERIES else ()
    if "delivery_attempt" in shown:  # they are told with the channel of their notification
        shown |= {"notification"}
    return tuple(type for type in RecordType if type.name.lower() in shown)


class _Printer:
    """Records to standard output; how the stream fares to standard error."""

    def __init__(self, as_json: bool, types: frozenset[str], agents: int) -> None:
        from alarminati.cli.output import rendering

        self._lines = rendering
        self._as_json = as_json
        self._types = types
        self._agents = agents  # that there are to go on with
        self._lost = self._connected = self._followed = self._printed = False
        self._whom = ""
        self._channels: BoundedMap[EntryId, str] = BoundedMap(NOTICES)

    def show(self, events: tuple[Event, ...]) -> int:
        """Print; returns the `received` of the last record, 0 without one."""
        from alarminati.client import Record

        received = 0
        for event in events:
            if isinstance(event, Record):
                received = event.received
                self._record(event)
            else:
                self._say(event)
        sys.stdout.flush()
        return received

    def _record(self, record: Record) -> None:
        if isinstance(record.body, Notification):
            self._channels.put(record.id, record.body.channel)
        if self._lines.record_type(record) not in self._types:
            return
        self._printed = True
        if self._as_json:
            encoding = (sys.stdout.encoding or "ascii").lower()
            told = self._lines.record_json(record)
            line = json.dumps(told, ensure_ascii=not encoding.startswith("utf"))
            sys.stdout.write(line + "\n")
        else:
            click.echo(self._lines.record_line(record, self._channels.get))

    def _say(self, event: Event) -> None:
        from alarminati.client import CacheShared, CaughtUp, Connected, Gap, Reconnecting

        match event:
            case CacheShared():
                self._follows(translated("another tail of this computer"))
            case CaughtUp():
                self._follows(self._whom)
            case Gap(missed=missed):
                self.warn(translated("Up to {missed} records are no longer kept.", missed=missed))
            case Reconnecting(problem=problem, reason=reason) if not self._lost:
                self._lost = True
                if not self._connected:  # one that was there is likely to come back by itself
                    problem = in_words(problem) + hint(reason)
                if self._agents == 1:
                    self.warn(translated("{problem}; trying again.", problem=problem))
                else:
                    self.warn(translated("{problem}; going on with another.", problem=problem))
            case Connected(address=address, cluster=cluster, replica=replica):
                self._whom = f"{cluster} ({replica})"
                if self._lost:
                    self.warn(translated("{address} answers; nothing was missed.", address=address))
                self._lost, self._connected = False, True

    def _follows(self, whom: str) -> None:
        """Say once, to a person, that nothing more is to come for now."""
        if self._followed or not sys.stderr.isatty():
            return
        self._followed = True
        if self._printed:
            self.warn(translated("Following {whom}.", whom=whom))
        else:
            self.warn(translated("Following {whom}. Nothing is new; -n 20 repeats.", whom=whom))

    def warn(self, sentence: str) -> None:
        """A line beside the data."""
        click.echo(f"alarminati: {sentence}", err=True)


async def _tail(
    reach: Target, filter: Filter, printer: _Printer, from_now: bool, no_cache: bool, last: int
) -> None:
    with ExitStack() as opened:
        cache = None if no_cache else _open(reach, filter, printer, opened)
        async with reach.client() as client, _until_told():
            await _follow(client, cache, filter, printer, from_now, last)


def _open(reach: Target, filter: Filter, printer: _Printer, opened: ExitStack) -> Cache | None:
    from alarminati.client import Cache, CacheUnusable

    try:
        path, filter = cache_file(reach, filter)
        cache = opened.enter_context(Cache(path, filter=filter))
    except CacheUnusable as error:
        printer.warn(translated("{problem}; going on without.", problem=str(error)))
        return None
    if cache.set_aside:
        printer.warn(translated("The cache was damaged and is filled again."))
    return cache


async def _follow(
    client: Client,
    cache: Cache | None,
    filter: Filter,
    printer: _Printer,
    from_now: bool,
    last: int,
) -> None:
    from alarminati.client import CacheUnusable

    if cache is None:
        newest = 0 if from_now else last
        subscription = client.subscribe(filter=filter, from_now=from_now, newest=newest)
        await _print(subscription, None, printer)
        return
    if last and not cache.offset(READER):
        await _fill(client, cache)
    subscription = client.subscribe(cache, after=_start(cache, last))
    try:
        await _print(subscription, cache, printer)
    except CacheUnusable as error:
        printer.warn(translated("{problem}; going on without.", problem=str(error)))
        await _print(client.subscribe(filter=filter, cursor=subscription.cursor), None, printer)


async def _fill(client: Client, cache: Cache) -> None:
    """Fetch all that is kept, so that its last records can be told apart."""
    from alarminati.client import CaughtUp

    subscription = client.subscribe(cache, after=cache.last())
    try:
        async for events in subscription.pages():
            if any(isinstance(event, CaughtUp) for event in events):
                return
    finally:
        await subscription.aclose()


def _start(cache: Cache, last: int) -> int:
    return cache.before_last(last) if last else cache.offset(READER)


async def _print(subscription: Subscription, cache: Cache | None, printer: _Printer) -> None:
    try:
        async for events in subscription.pages():
            received = printer.show(events)
            if received and cache is not None:
                cache.commit_offset(READER, received)
    finally:
        await subscription.aclose()


@asynccontextmanager
async def _until_told() -> AsyncIterator[None]:
    """Cancel what is done here on Ctrl-C, SIGTERM or when nobody reads any more; a clean end."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    told = False

    def end() -> None:
        nonlocal told
        told = True
        task.cancel()

    with suppress(NotImplementedError):  # Windows: Ctrl-C raises KeyboardInterrupt there
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
    output = _pipe()
    if output is not None:
        # Only the other end's closing makes this end readable, and it stays so. To cancel at each
        # look would cancel the cleaning up as well.
        def closed(output: int = output) -> None:
            loop.remove_reader(output)
            end()

        loop.add_reader(output, closed)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
    finally:
        if output is not None:
            loop.remove_reader(output)


def _pipe() -> int | None:
    """Standard output, if it is a pipe."""
    with suppress(OSError, ValueError):
        number = sys.stdout.fileno()
        if stat.S_ISFIFO(os.fstat(number).st_mode):
            return number
    return None
