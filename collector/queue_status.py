"""The queue on disk as `status` shows it: how fast a backlog goes, what the disk refuses, what was lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from collector.copied import Aside
from collector.disk.disk_spool import DiskSpool
from collector.sending.sender import Sender

MIB = 1 << 20


class QueueStatus(msgspec.Struct, frozen=True):
    """backlog: records that wait to be sent again; a_second: how many of them went of late.

    seconds_left: when it is empty at that, if that is known. in_memory: records that the disk did not
    take, since when and why. given_up, damaged: records that were lost since the collector started.
    aside: what another host left in the state folder.
    """

    backlog: int = 0
    a_second: float = 0
    seconds_left: float | None = None
    disk_bytes: int = 0
    in_memory: int = 0
    failing_since_ms: int | None = None
    error: str = ""
    errors: int = 0
    given_up: int = 0
    damaged: int = 0
    aside: list[Aside] = []


def read(sender: Sender, spool: DiskSpool, aside: Sequence[Aside]) -> QueueStatus:
    """How the queue is now."""
    drain, disk = sender.drain(), spool.health()
    return QueueStatus(
        backlog=drain.records,
        a_second=drain.a_second,
        seconds_left=drain.seconds_left,
        disk_bytes=disk.disk_bytes,
        in_memory=disk.in_memory,
        failing_since_ms=disk.since_ms,
        error=disk.error,
        errors=disk.write_errors + disk.sync_errors,
        given_up=disk.given_up,
        damaged=disk.damaged,
        aside=list(aside),
    )


def lines(queue: QueueStatus) -> Iterator[str]:
    """As a person reads it."""
    if queue.backlog:
        yield f"  backlog      {_backlog(queue)}"
    yield f"  on disk      {_disk(queue)}"
    if queue.given_up or queue.damaged:
        yield f"  lost         {queue.given_up} records for want of room, {queue.damaged} to damage"
    for aside in queue.aside:
        yield (
            f"  set aside    {aside.size_bytes / MIB:.1f} MiB of host {aside.host} in {aside.folder}: this state folder"
            f" was copied from there. Delete it, or, if this is that host, start with TIDEGAUGE_HOST_ID={aside.host}"
        )


def time_text(time_ms: int) -> str:
    """A time of the wall clock."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _backlog(queue: QueueStatus) -> str:
    if queue.seconds_left is None:
        return f"{queue.backlog} records, none sent of late"
    return f"{queue.backlog} records, {queue.a_second:.0f} a second: sent in about {_span(queue.seconds_left)}"


def _disk(queue: QueueStatus) -> str:
    text = f"{queue.disk_bytes / MIB:.1f} MiB"
    if queue.failing_since_ms is None:
        return text if not queue.errors else f"{text}, takes records again after {queue.errors} errors: {queue.error}"
    since = time_text(queue.failing_since_ms)
    return f"{text}, FAILS since {since}: {queue.error}; {queue.in_memory} records are in memory alone"


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
