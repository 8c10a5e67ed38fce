"""Folders of a spool with records in them, to be damaged."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from collector.claims import Run
from collector.disk import record
from collector.disk.disk_spool import DiskSpool
from collector.disk.folder import Folder
from collector.disk.record import Place
from collector.spool import Item

LIMIT_BYTES = 16 * 300
"""A sixteenth of it is a segment."""
SEGMENT_RECORDS = 5
PERIOD_MS = 1000

patient = partial(DiskSpool, patience_seconds=60)
"""A spool whose appends wait for a busy disk."""


def item(seq: int, incarnation: str = "i") -> Item:
    """An item whose row was taken at 1000 × seq ms; 5 of them are a segment."""
    return Item(incarnation, seq, 1000 * seq, 1000 * seq, f"<{seq % 1000:03d}>".encode() * 2)


def opened(path: Path, limit_bytes: int = LIMIT_BYTES) -> DiskSpool:
    """A life of a spool, with segments of 5 items."""
    return patient(path, limit_bytes, floor_bytes=0)


def seqs(spool: DiskSpool) -> list[int]:
    """What it holds."""
    return [found.seq for found in spool.oldest(1 << 30, 1 << 40)]


def summary(seq: int) -> Item:
    """The minute rows of all before."""
    return item(seq)._replace(ticks=0, summary=True)


def fill(path: Path, seqs: Sequence[int], incarnation: str = "i") -> list[Item]:
    """A life that appended some items, and whose cursor knows all of them."""
    spool = patient(path, LIMIT_BYTES, floor_bytes=0)
    items = [item(seq, incarnation) for seq in seqs]
    for one in items:
        assert spool.append(one) == []
    spool.close()
    return items


def copy(path: Path, to: Path) -> Folder:
    """A folder like another, to be damaged."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(path, to)
    return Folder(to)


def places(folder: Folder, number: int) -> list[Place]:
    """Where the records of a segment are."""
    return list(record.scan(folder.read(number)))


def left(path: Path) -> tuple[list[int], list[Run | None], int]:
    """What the next life finds: the sequence numbers that are there, what it claims, and how many are damaged."""
    spool = patient(path, LIMIT_BYTES, floor_bytes=0)
    found = spool.oldest(1 << 30, 1 << 40)
    assert all(one == item(one.seq, one.incarnation) for one in found)
    assert spool.held().count == len(found)
    claims = [loss.run(PERIOD_MS) for loss in spool.losses()]
    assert spool.losses() == []
    damaged = spool.health().damaged
    spool.close()
    return [one.seq for one in found], claims, damaged
