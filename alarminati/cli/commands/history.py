"""`alarminati export`, `import` and `stats`: what is kept on this computer."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from alarminati.cli.output.terminal import (
    Exit,
    Failure,
    headings,
    json_option,
    korean,
    print_json,
    tell,
    translated,
)

if TYPE_CHECKING:
    from alarminati.ui.app import App
    from alarminati.ui.schema.statistics import Statistics

TABS: Final = ("all", "todo", "firing", "acknowledged", "muted", "resolved")
_ZIPPED: Final = b"\x1f\x8b"  # RFC 1952
_NAME: Final = 40  # columns of a message in a table

data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder of the histories and the app's settings.",
)


@contextmanager
def _opened(data: Path | None) -> Iterator[App]:
    from alarminati.cli.options.target import quiet_grpc
    from alarminati.client.history import data_folder
    from alarminati.client.profile import Profiles, profiles_folder
    from alarminati.ui.offline import opened

    quiet_grpc()
    with opened(data or data_folder(), Profiles(profiles_folder())) as app:
        yield app


@contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error where somebody looks at it."""
    if not sys.stderr.isatty() or not length:
        yield lambda count: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield bar.update


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--format",
    type=click.Choice(["csv", "jsonl"]),
    help="A table for spreadsheets, or a line of JSON for each alarm. Default: by FILE, else csv.",
)
@click.option("--all", "everything", is_flag=True, help="A backup: history, triage and settings.")
@click.option("--search", default="", metavar="TEXT", help="Only alarms with these words.")
@click.option(
    "--tab",
    type=click.Choice(TABS),
    default="all",
    show_default=True,
    help="Only alarms of this tab of the app.",
)
@click.option("--days", type=click.IntRange(0), default=0, help="Changed within so many days.")
@data_option
def export(
    file: Path | None,
    format: str | None,
    everything: bool,
    search: str,
    tab: str,
    days: int,
    data: Path | None,
) -> None:
    """Write the alarms of this computer as a file.

    As a table, or with --all as a backup for the next computer: the history of all clusters, what
    you acknowledged, put aside and chose. Never keys and certificates: join again there. Without
    FILE a table goes to standard output. A name that ends in .gz is compressed. Asks no cluster.

    \b
    Example:
      alarminati export alarms.csv --days 30
      alarminati export --all alarminati.jsonl.gz
    """
    if everything and (format or search or days or tab != "all"):
        raise Failure(
            translated("--all takes everything: leave out --format, --search, --tab and --days"),
            Exit.USAGE,
        )
    if everything and file is None:
        raise Failure(
            translated("name a file: alarminati export --all alarminati.jsonl.gz"), Exit.USAGE
        )
    with _opened(data) as app:
        if not app.live:
            raise Failure(
                translated("There is no history on this computer: join a cluster first."),
                Exit.NOT_FOUND,
            )
        if everything:
            assert file is not None
            _write_backup(app, file)
        else:
            _write_table(app, file, format or _format_of(file), search, tab, days)


def _format_of(file: Path | None) -> str:
    names = file.suffixes if file is not None else []
    return "jsonl" if {".jsonl", ".json", ".ndjson"} & set(names) else "csv"


def _write_backup(app: App, file: Path) -> None:
    from alarminati.ui.backup import backup, size_of

    count = size_of(app)
    with _progress(count, translated("Writing records")) as step, _written(file) as out:
        for line in backup(app, step):
            out.write(line.encode())
    tell(
        "{file}: {count} records, without keys. Clusters: {clusters}.",
        file=file,
        count=f"{count:,}",
        clusters=len(app.live),
    )


def _write_table(
    app: App, file: Path | None, format: str, search: str, tab: str, days: int
) -> None:
    from alarminati.ui.store.folding import DAY
    from alarminati.ui.store.listing import Query
    from alarminati.ui.transfer import exported

    query = Query(tab=tab, q=search, archived=True, order="time")
    lines = exported(app, query, format, app.now() - days * DAY if days else 0)
    if file is None:
        for line in lines:
            click.echo(line, nl=False)
        return
    count = app.listing(lambda listing: listing.severities(listing.where(query))[1])
    with _progress(count, translated("Writing alarms")) as step, _written(file) as out:
        written = -1 if format == "csv" else 0  # the heading is no alarm
        for line in lines:
            out.write(line.encode())
            written += 1
            step(1)
    tell("{file}: {count} alarms.", file=file, count=f"{max(0, written):,}")


@contextmanager
def _written(file: Path) -> Iterator[IO[bytes]]:
    """Open a file that only its owner may read; one that stops halfway is removed."""
    part = file.with_name(file.name + ".part")
    part.touch(mode=0o600)
    try:
        with part.open("wb") as raw:
            if file.suffix == ".gz":
                with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6) as zipped:
                    yield zipped  # type: ignore[misc]
            else:
                yield raw
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def import_(file: Path, data: Path | None) -> None:
    """Take in what another computer exported.

    FILE is what `alarminati export --all` wrote. Adds what is not here yet and changes nothing
    that is. Import first, then join the clusters: what their agents still have comes on top. An
    Alertmanager's configuration is imported with `alarminati config import`.

    \b
    Example:
      alarminati import alarminati.jsonl.gz
    """
    import os

    from alarminati.client.history import data_folder
    from alarminati.ui.backup import imported
    from alarminati.ui.offline import LOCK
    from alarminati.ui.problems import Problem
    from alarminati.wire.locking import lock

    folder = data or data_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock(folder / LOCK)
    if held is None:
        raise Failure(translated("The app is open: end it with Ctrl-C, then import."))
    try:
        with (
            _opened(data) as app,
            _read(file) as lines,
            _progress(_records(file), translated("Taking in records")) as step,
        ):
            result = imported(app, lines, step)
    except Problem as problem:
        said = problem.error.ko if korean() else problem.error.en
        hint = translated("For an Alertmanager's configuration: alarminati config import")
        raise Failure(f"{file}: {said} {hint}", Exit.REFUSED) from problem
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise Failure(
            translated("{file} cannot be read: {reason}", file=file, reason=error)
        ) from error
    finally:
        os.close(held)
    tell(
        "Records taken in: {count}; here already: {skipped}; clusters: {clusters}.",
        clusters=result.clusters,
        count=f"{result.records:,}",
        skipped=f"{result.skipped:,}",
    )
    for each in result.problems:
        click.echo(f"! {each}", err=True)
    if result.problems:
        raise Failure(translated("Not all of it could be taken in."))
    tell("Now join each cluster again: alarminati join")


@contextmanager
def _read(file: Path) -> Iterator[IO[bytes]]:
    with file.open("rb") as raw:
        zipped = raw.read(2) == _ZIPPED
        raw.seek(0)
        if zipped:
            with gzip.GzipFile(fileobj=raw, mode="rb") as opened:
                yield opened  # type: ignore[misc]
        else:
            yield raw


def _records(file: Path) -> int:
    """Return how many records a backup says it holds."""
    from alarminati.ui.backup import head_of

    with _read(file) as lines:
        count = head_of(lines.readline(65_536)).get("records", 0)
    return count if isinstance(count, int) else 0


@click.command()
@click.option(
    "--days",
    type=click.Choice(["1", "7", "30", "365"]),
    default="7",
    show_default=True,
    help="Over so many days.",
)
@json_option
@data_option
def stats(days: str, as_json: bool, data: Path | None) -> None:
    """Show which alarms came most, and how they were handled.

    Over the history of all clusters on this computer; asks none of them.

    \b
    Example:
      alarminati stats --days 30
    """
    import msgspec

    from alarminati.ui.handlers.statistics import statistics_of

    with _opened(data) as app:
        found = statistics_of(app, int(days), archived=True)
    if as_json:
        print_json(msgspec.to_builtins(found))
        return
    _show(found)


def _show(found: Statistics) -> None:
    from alarminati.cli.output.columns import cut, table
    from alarminati.cli.output.rendering import printable

    total = next((each for each in found.times if not each.project), None)
    if total is None:
        tell("No alarm in this time: {days} d.", days=found.days)
        return
    tell(
        "Alarms in {days} d: {count}; acknowledged by nobody: {unacked}.",
        count=f"{total.alarms:,}",
        days=found.days,
        unacked=f"{found.never_acked:,}",
    )
    rows = [headings("ALARM", "CLUSTER", "TIMES", "AT NIGHT")]
    for noisy in found.noisy:
        message = cut(printable(noisy.message), _NAME)
        rows.append([message, noisy.alarm.cluster, str(noisy.count), str(noisy.nightly)])
    _print(table(rows))
    rows = [headings("PROJECT", "ALARMS", "ACKNOWLEDGED IN", "RESOLVED IN")]
    for each in found.times if len(found.times) > 2 else found.times[-1:]:
        ack = _spans(each.ack_median_ms, each.ack_p90_ms)
        resolve = _spans(each.resolve_median_ms, each.resolve_p90_ms)
        name = printable(each.project) or translated("all")
        rows.append([name, str(each.alarms), ack, resolve])
    _print(table(rows))
    if found.oldest:
        rows = [headings("FIRES LONGEST", "CLUSTER", "FOR")]
        for one in found.oldest[:5]:
            message = cut(printable(one.message), _NAME)
            rows.append([message, one.alarm.cluster, _span(found.end_ms - one.start_ms)])
        _print(table(rows))
    if found.channels:
        rows = [headings("CHANNEL", "DELIVERED", "LATE", "FAILED")]
        for channel in found.channels:
            figures = (channel.delivered, channel.late, channel.failed)
            rows.append([printable(channel.channel), *map(str, figures)])
        _print(table(rows))


def _print(lines: list[str]) -> None:
    click.echo()
    for line in lines:
        click.echo(line)


def _spans(median: int, p90: int) -> str:
    if median < 0:
        return "-"
    return translated("{median}, 9 in 10 in {p90}", median=_span(median), p90=_span(p90))


def _span(ms: int) -> str:
    from alarminati.ui.words import duration

    said = duration(ms)
    return said.ko if korean() else said.en
