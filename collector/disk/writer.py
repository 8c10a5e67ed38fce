"""The segment that is written now."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from collector.disk import record
from collector.disk.record import Place
from collector.disk.segment import MOST_RECORDS, Segment
from collector.disk.syncing import Syncing
from collector.spool import Item


class Writer:
    """One new file. Raises OSError; after one the file is not to be written or synced again, only closed."""

    def __init__(self, path: Path, segment: Segment, limit_bytes: int, sync: Callable[[int], None]) -> None:
        self.segment = segment
        self._limit_bytes = limit_bytes
        self._sync = sync
        self._written: list[Place] = []
        self._syncing: Syncing | None = None
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)

    @property
    def is_late(self) -> bool:
        """Whether something was written of which nobody knows yet that it is on the disk."""
        return self._syncing is not None

    def takes(self, items: Sequence[Item]) -> int:
        """How many of some items it takes, from the first one on; an empty one takes one of any size."""
        segment, end = self.segment, self.segment.size_bytes
        for count, item in enumerate(items):
            ordinal = len(segment) + count
            end = record.placed(item, ordinal, end).end
            fits = ordinal == 0 or (ordinal < MOST_RECORDS and end <= self._limit_bytes)
            if item.key != segment.key(ordinal) or not fits:
                return count
        return len(items)

    def write(self, items: Sequence[Item]) -> None:
        """Write some items; nothing more before `finish` says that they are on the disk."""
        if os.fstat(self._fd).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "the file was removed")
        segment, end = self.segment, self.segment.size_bytes
        places = []
        for ordinal, item in enumerate(items, len(segment)):
            places.append(record.placed(item, ordinal, end, segment.follows and ordinal == 0))
            end = places[-1].end
        data = b"".join(record.encode(place, item.body) for place, item in zip(places, items, strict=True))
        if os.write(self._fd, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._written, self._syncing = places, Syncing(self._sync, self._fd)

    def finish(self, seconds: float) -> list[Place]:
        """Wait at most so long for what was written. Returns the records that are on the disk, if they are now."""
        if self._syncing is None or not self._syncing.is_done(seconds):
            return []
        places, self._syncing = self._written, None
        for place in places:
            self.segment.add(place)
        self.segment.size_bytes = places[-1].end
        return places

    def close(self, whole: bool = True) -> None:
        """Give the file up; not whole: what was not known to be on the disk is cut off, if it lets itself be."""
        with suppress(OSError):
            if not whole:
                os.ftruncate(self._fd, self.segment.size_bytes)
        with suppress(OSError):
            os.close(self._fd)
