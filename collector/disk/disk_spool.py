"""A spool on disk: what `append` took outlives a killed process and a power cut."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

from collector.disk import losses, opening, reader, record
from collector.disk.cursor import Cursor, Entry
from collector.disk.folder import Folder
from collector.disk.index import Index
from collector.disk.losses import Loss
from collector.disk.segment import SETTLED, Segment, Span
from collector.disk.trouble import Health, Trouble
from collector.disk.writer import Writer
from collector.sending.backoff import Backoff
from collector.spool import Item, Key
from tidegauge.clock import Clock, SystemClock
from tidegauge.metrics.wire import Queue

log = logging.getLogger(__name__)

DEFAULT_LIMIT_BYTES = 512 << 20
MEMORY_BYTES = 64 << 20
"""What of the limit items take that no disk takes."""
PATIENCE_SECONDS = 0.25
"""A tick must not be late because a disk is."""
SEGMENT_BYTES = 1 << 20
SEGMENT_PARTS = 16
GIVEN_UP_BYTES = 8 << 20
"""So much is given up at once for want of room."""
WRITE_RECORDS = 256
"""How many records that waited go into one write at most."""
FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskSpool:
    """The spool of one host in one folder, which its maker has locked.

    Durability: an item is on the disk when `append` returns, or it is `volatile`; a settle outlives the
    process when `settle` returns, but not a power cut: then it may be undone, and the item is handed out again.
    A disk that hangs holds no caller up for long: meanwhile items are in memory and settles are noted later.
    Bound: of what the segments take on the disk, settled records included, and of items in memory. No
    method raises, nor does a folder that cannot be used.
    """

    def __init__(
        self,
        folder: str | Path,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        floor_bytes: int | None = None,
        clock: Clock | None = None,
        sync: Callable[[int], None] = os.fdatasync,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Open a folder, make it if need be. floor_bytes: what is to stay free on its disk; by default the lesser
        of 500 MB and a twentieth. sync: has a file's bytes on the disk when it returns. patience_seconds: how long
        an append waits for that."""
        self.limit_bytes = limit_bytes
        self._floor_bytes = floor_bytes
        self._patience_seconds = patience_seconds
        self._clock = clock or SystemClock()
        self._folder = Folder(Path(folder))
        self._cursor = Cursor(self._folder.cursor, self._synced(sync))
        self._sync = self._synced(sync)
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._waiting: dict[Key, Item] = {}
        self._waiting_bytes = 0
        self._backoff = Backoff()
        self._trouble, self._cursor_trouble = Trouble("write", self._clock), Trouble("cursor", self._clock)
        self._losses: list[Loss] = []
        self._write_errors = self._sync_errors = self._damaged = self._given_up = 0
        self._index = Index(self._open())
        self._take_losses()
        self._index.forget([segment for segment in self._index.segments if segment.gone])

    # --- the spool -------------------------------------------------------------------------------------

    def append(self, item: Item) -> list[Item]:
        with self._lock:
            given_up = self._make_room(record.placed(item, 0, 0).end)
            self._waiting[item.key] = item
            self._waiting_bytes += len(item.body)
            given_up += self._store()
            given_up += self._shrink_memory()
            if item.summary:
                self._release()
            self._given_up += len(given_up)
        return given_up

    def settle(self, keys: Iterable[Key]) -> None:
        with self._lock:
            changed = [segment for key in keys if (segment := self._settle(key))]
            if changed:
                self._write_cursor()
            if any(not segment.left for segment in changed):
                self._release()

    def oldest(self, records: int, size_bytes: int, besides: Collection[Key] = ()) -> list[Item]:
        found: list[Item] = []
        left = size_bytes
        with self._lock:
            for item in islice(self._items(besides), records):
                left -= len(item.body)
                if found and left < 0:
                    break
                found.append(item)
            self._take_losses()
        return found

    def holds(self, key: Key) -> bool:
        with self._lock:
            return self._holds(key)

    def held(self, besides: Collection[Key] = ()) -> Queue:
        with self._lock:
            first = next((span for span in self._spans() if span.key not in besides), None)
            last = next((span for span in self._spans_backwards() if span.key not in besides), None)
            if first is None or last is None:
                return Queue()
            count = self._index.left() + len(self._waiting) - sum(map(self._holds, besides))
        return Queue(count, min(first.from_ms, last.from_ms), max(first.to_ms, last.to_ms))

    def size_bytes(self) -> int:
        with self._lock:
            return self._index.left_bytes() + self._waiting_bytes

    def volatile(self) -> list[Item]:
        with self._lock:
            return list(self._waiting.values())

    # --- beyond it -------------------------------------------------------------------------------------

    def unsummarised(self) -> list[Item]:
        """The records with raw rows behind the last summary, settled ones too, in order (rule 13)."""
        with self._lock:
            behind = self._index.behind_summary()
            found = [item for segment in behind for item in reader.items(self._folder, segment, segment.raw_rest())]
            self._take_losses()
        return found

    def losses(self) -> list[Loss]:
        """What damage took since the last call, to be claimed."""
        with self._lock:
            taken, self._losses = self._losses, []
        return taken

    def health(self) -> Health:
        """How it does."""
        with self._lock:
            trouble = self._cursor_trouble if self._trouble.since_ms is None else self._trouble
            return Health(
                self._index.disk_bytes(),
                len(self._index.segments),
                len(self._waiting),
                trouble.since_ms,
                trouble.error,
                self._write_errors,
                self._sync_errors,
                self._damaged,
                self._given_up,
            )

    def close(self) -> None:
        """Let go of the files; what is settled and summarised is removed, if the disk answers."""
        with self._lock:
            if self._is_late():
                with suppress(OSError):
                    self._write_some()
            if not self._is_late():
                self._end_segment()
                self._write_cursor(durable=True)
                self._release()
            elif self._writer:
                self._writer.close()
                self._writer = None
            self._cursor.close()

    # --- opening ---------------------------------------------------------------------------------------

    def _open(self) -> list[Segment]:
        entries: dict[int, Entry] = {}
        self._number = 0
        try:
            self._folder.make()
            self._number = self._folder.last_number()
            entries = self._cursor.load() or {}
        except FileNotFoundError:
            pass
        except OSError as error:
            self._cursor_trouble.begin(error)
            self._folder.set_aside(self._folder.cursor)
        self._number = max(self._number, *entries, 0)
        return opening.load(self._folder, entries)

    # --- reading ---------------------------------------------------------------------------------------

    def _items(self, besides: Collection[Key]) -> Iterator[Item]:
        for segment in self._index.segments:
            if segment.left:
                wanted = (ordinal for ordinal in segment.waiting() if segment.key(ordinal) not in besides)
                yield from reader.items(self._folder, segment, wanted)
        yield from (item for key, item in self._waiting.items() if key not in besides)

    def _spans(self) -> Iterator[Span]:
        return chain(self._index.spans(), map(_span, self._waiting.values()))

    def _spans_backwards(self) -> Iterator[Span]:
        return chain(map(_span, reversed(self._waiting.values())), self._index.spans_backwards())

    def _holds(self, key: Key) -> bool:
        return key in self._waiting or self._index.find(key) is not None

    def _take_losses(self) -> None:
        if self._index.has_lost():
            found = losses.take(self._index.segments)
            self._losses += found
            self._damaged += sum(loss.records for loss in found)
            log.warning("spool_damaged folder=%s records=%d", self._folder.path, self._damaged)

    # --- writing ---------------------------------------------------------------------------------------

    def _store(self) -> list[Item]:
        """Write what waits. Where the disk is full the oldest segments are given up for it; returns their items."""
        given_up: list[Item] = []
        while (self._waiting or self._is_late()) and not self._backoff.waits(self._clock.monotonic_ms()):
            try:
                self._write_some()
            except OSError as error:
                self._write_errors += 1
                self._trouble.begin(error)
                is_little = sum(len(lost.body) for lost in given_up) < GIVEN_UP_BYTES
                if error.errno in FULL and self._index.segments and is_little:
                    given_up += self._give_up()
                else:
                    # a first failure may be that of one file: the next is tried at once
                    self._backoff.fail(self._clock.monotonic_ms(), min(1, self._backoff.failures))
            else:
                self._backoff.reset()
            if self._is_late():
                self._trouble.begin(TimeoutError(errno.ETIMEDOUT, "the disk does not answer"))
                break
        if not self._waiting:
            self._trouble.end()
        return given_up

    def _write_some(self) -> None:
        """Write the first items that wait, as many as go into one segment, or wait for those that were written.
        Raises OSError."""
        items = list(islice(self._waiting.values(), WRITE_RECORDS))
        try:
            if not self._is_late():
                if self._writer is None or not self._writer.takes(items):
                    self._writer = self._roll(items[0])
                self._writer.write(items[: self._writer.takes(items)])
            done = self._writer.finish(self._patience_seconds) if self._writer else []
        except OSError:
            self._end_segment(whole=False)
            raise
        for place in done:
            if (item := self._waiting.pop(place[:2], None)) is None:
                self._settle(place[:2])  # while it was written
            else:
                self._waiting_bytes -= len(item.body)

    def _is_late(self) -> bool:
        """Whether the disk hangs: until it answers it is asked nothing else."""
        return self._writer is not None and self._writer.is_late

    def _roll(self, item: Item) -> Writer:
        """Begin a new segment. Raises OSError."""
        self._end_segment()
        self._folder.make()
        last = self._index.segments[-1] if self._index.segments else None
        segment = Segment(self._number + 1, item.incarnation, item.seq)
        segment.follows = last is not None and (last.number, last.key(len(last))) == (self._number, item.key)
        limit = min(SEGMENT_BYTES, self.limit_bytes // SEGMENT_PARTS)
        self._number += 1
        self._writer = Writer(self._folder.segment(segment.number), segment, limit, self._sync)
        self._index.segments.append(segment)
        self._folder.sync()
        self._write_cursor()
        self._release()
        return self._writer

    def _end_segment(self, whole: bool = True) -> None:
        """Close the segment that is written; one without a record is none."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        writer.close(whole)
        if not len(writer.segment):
            self._give_away(writer.segment)

    def _shrink_memory(self) -> list[Item]:
        given_up = []
        while self._waiting_bytes > min(MEMORY_BYTES, self.limit_bytes) and len(self._waiting) > 1:
            given_up.append(self._waiting.pop(next(iter(self._waiting))))
            self._waiting_bytes -= len(given_up[-1].body)
        return given_up

    # --- giving up and settling ------------------------------------------------------------------------

    def _make_room(self, size: int) -> list[Item]:
        """Give up the oldest segments until a new item fits and enough is free, but not more than a caller can
        take in at once: where a day is too much, because others filled the disk, the next calls go on."""
        given_up: list[Item] = []
        least = self._index.disk_bytes() - GIVEN_UP_BYTES
        while self._index.segments and self._index.disk_bytes() > least and not self._has_room(size):
            given_up += self._give_up()
        return given_up

    def _has_room(self, size: int) -> bool:
        if self._is_late():
            return True
        if self._index.disk_bytes() + self._waiting_bytes + size > self.limit_bytes:
            return False
        return len(self._index.segments) <= 1 or not self._folder.is_below(self._floor_bytes)

    def _give_up(self) -> list[Item]:
        """Remove the oldest segment. Returns what waited in it."""
        segment = self._index.segments[0]
        items = list(reader.items(self._folder, segment, segment.waiting()))
        self._take_losses()
        if self._writer and self._writer.segment is segment:
            self._end_segment()
        self._give_away(segment)
        return items

    def _settle(self, key: Key) -> Segment | None:
        """Settle a record; returns the segment that it is in."""
        if key in self._waiting:
            self._waiting_bytes -= len(self._waiting.pop(key).body)
            return None
        segment = self._index.find(key)
        if segment:
            segment.mark(segment.ordinal(key), SETTLED)
        return segment

    def _release(self) -> None:
        """Remove the segments that nobody needs, but not before the cursor knows it for sure: else a start
        would miss them."""
        done = self._index.done(self._writer.segment if self._writer else None)
        if done and self._write_cursor(durable=True):
            self._remove(done)

    def _give_away(self, segment: Segment) -> None:
        """Remove a segment, whatever is in it."""
        segment.settle_all()
        self._write_cursor(durable=True)
        self._remove([segment])

    def _remove(self, segments: list[Segment]) -> None:
        """Remove settled segments. The cursor names them until they are not there, so that none comes again."""
        try:
            self._folder.remove([segment.number for segment in segments])
        except OSError as error:
            self._trouble.begin(error)
        self._index.forget(segments)

    def _write_cursor(self, durable: bool = False) -> bool:
        """Note what is settled; says whether that went well."""
        if self._is_late():
            return False
        try:
            self._cursor.write(self._index.segments, durable)
        except OSError as error:
            self._cursor_trouble.begin(error)
            return False
        self._cursor_trouble.end()
        return True

    # --- failures --------------------------------------------------------------------------------------

    def _synced(self, sync: Callable[[int], None]) -> Callable[[int], None]:
        def counted(fd: int) -> None:
            try:
                sync(fd)
            except OSError:
                self._sync_errors += 1
                raise

        return counted


def _span(item: Item) -> Span:
    return Span(item.key, item.from_ms, item.to_ms)
