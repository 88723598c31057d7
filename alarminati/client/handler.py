"""Handler for the standard `logging`: a record of a program becomes an alarm.

    logging.getLogger().addHandler(AlarmHandler(["10.0.0.5:7443"], tls=Path("certificates")))

Logging must never hold up or end a program. Records wait in a bounded queue for one thread. Records
that do not fit, or cannot be handed in, are counted, and said on standard error once a minute at
most.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from alarminati.client.client import alarm
from alarminati.client.errors import AlarminatiError
from alarminati.client.sync import SyncClient
from alarminati.core.model.entries import Alarm, Severity
from alarminati.wire.credentials import Tls

_OWN: Final = ("alarminati", "grpc", "asyncio")  # their records would cause more of themselves
_MESSAGE: Final = 4_000  # characters
_DETAIL: Final = 8_000  # characters of a traceback, the last ones
_SAY_EVERY: Final = 60.0  # seconds


class AlarmHandler(logging.Handler):
    """Reports records from `level` on. Equal messages before formatting are one alarm."""

    def __init__(
        self,
        addresses: Sequence[str],
        tls: Path | Tls | None = None,
        *,
        level: int = logging.ERROR,
        labels: dict[str, str] | None = None,
        ttl: int = 3_600,
        waiting: int = 1_000,
        timeout: float = 10.0,
    ) -> None:
        """Connect with the first record. `labels` are added to every alarm.

        A log never says that a fault is over: the alarm ends `ttl` seconds after the last record.
        `waiting` bounds the queue, in records.
        Raises TlsError, ValueError without an address.
        """
        super().__init__(level)
        self._client = SyncClient(addresses, tls, timeout=timeout)
        self._labels = dict(labels or {})
        self._ttl = ttl
        self._waiting: queue.Queue[Alarm] = queue.Queue(waiting)
        self._lost, self._said = 0, float("-inf")
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record. Never blocks and never raises."""
        if record.name.split(".", 1)[0] in _OWN:
            return
        try:
            made = self._alarm(record)
        except Exception:
            self.handleError(record)
            return
        if self._thread is None or not self._thread.is_alive():  # also after a fork
            self._thread = threading.Thread(target=self._send, name="alarminati-log", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(made)
        except queue.Full:
            self._lose("the queue is full")

    def flush(self) -> None:
        """Wait until what was queued before is handed in or given up."""
        if self._thread is not None and self._thread.is_alive():
            self._waiting.join()

    def close(self) -> None:
        """Hand in what waits, and close the connection."""
        self.flush()
        self._client.close()
        super().close()

    def _alarm(self, record: logging.LogRecord) -> Alarm:
        detail = ""
        if record.exc_info:
            detail = (self.formatter or logging.Formatter()).formatException(record.exc_info)
        return alarm(
            record.getMessage()[:_MESSAGE] or record.name,
            severity(record.levelno),
            labels={"logger": record.name, **self._labels},
            key=f"{record.name}: {record.msg}"[:200],
            annotations={
                "place": f"{record.pathname}:{record.lineno}",
                **({"traceback": detail[-_DETAIL:]} if detail else {}),
            },
            ttl=self._ttl,
        )

    def _send(self) -> None:
        while True:
            waiting = self._waiting.get()
            try:
                self._client.report(waiting)
            except AlarminatiError as error:
                self._lose(str(error))
            except Exception as error:
                self._lose(type(error).__name__)
            finally:
                self._waiting.task_done()

    def _lose(self, why: str) -> None:
        self._lost += 1
        now = time.monotonic()
        if now >= self._said + _SAY_EVERY and sys.stderr is not None:
            self._said = now
            sys.stderr.write(f"alarminati: {self._lost} log records were not reported: {why}\n")


def severity(level: int) -> Severity:
    """Return the severity for a level of `logging`; levels between two count as the lower one."""
    if level >= logging.CRITICAL:
        return Severity.CRITICAL
    if level >= logging.ERROR:
        return Severity.ERROR
    return Severity.WARNING if level >= logging.WARNING else Severity.INFO
