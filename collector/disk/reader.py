"""Records of a segment as items, read from its file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from itertools import chain

from collector.disk import record
from collector.disk.folder import Folder
from collector.disk.segment import LOST, Segment
from collector.spool import Item

OUT_OF_REACH = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN)
"""Errors that say nothing of the file."""


def items(folder: Folder, segment: Segment, ordinals: Iterable[int]) -> Iterator[Item]:
    """Some records of a segment, as far as they can be read. One that is damaged is lost from here on, and all
    that wait if the file cannot be opened; but not where it is this process that can open none."""
    ordinals = iter(ordinals)
    first = next(ordinals, None)
    if first is None:
        return
    try:
        with folder.opened(segment.number) as fd:
            yield from _each(fd, segment, chain((first,), ordinals))
    except OSError as error:
        if error.errno not in OUT_OF_REACH:
            segment.lose_all()


def _each(fd: int, segment: Segment, ordinals: Iterable[int]) -> Iterator[Item]:
    for ordinal in ordinals:
        item = _item(fd, segment, ordinal)
        if item is None:
            segment.mark(ordinal, LOST)
        else:
            yield item


def _item(fd: int, segment: Segment, ordinal: int) -> Item | None:
    """A record as its file has it; None if that is damaged."""
    at, size = segment.place(ordinal)
    try:
        data = os.pread(fd, size, at)
    except OSError:
        return None
    place = record.read(data)
    return record.item(place, data) if place and place[:2] == segment.key(ordinal) else None
