"""What a start finds in the folder: an index of all that is whole, and what is missing or damaged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise

from collector.disk import record
from collector.disk.cursor import Entry
from collector.disk.folder import Folder
from collector.disk.segment import MOST_RECORDS, Segment


def load(folder: Folder, entries: Mapping[int, Entry]) -> list[Segment]:
    """The segments of a folder in their order, also those that the cursor knew and that are gone.

    What of them is damaged goes to the quarantine.
    """
    found: list[Segment] = []
    for number in sorted({*folder.numbers(), *entries}):
        segment = _segment(folder, number, entries.get(number))
        if segment is not None:
            found.append(segment)
    for earlier, later in pairwise(found):
        if later.follows and (earlier.number + 1, earlier.incarnation) == (later.number, later.incarnation):
            earlier.lose_until(min(later.first_seq - earlier.first_seq, MOST_RECORDS))
    for segment in found:
        if segment.number in entries:
            segment.settle_known(entries[segment.number].done)
    return found


def _segment(folder: Folder, number: int, entry: Entry | None) -> Segment | None:
    """One segment, or None if there is nothing to tell of it."""
    try:
        data = folder.read(number)
    except FileNotFoundError:
        return _gone(entry)
    except OSError:
        folder.set_aside(folder.segment(number))
        return _gone(entry)
    segment, damaged = _index(number, data)
    if segment is None:
        if record.is_torn(data):
            with suppress(OSError):
                folder.remove([number])
        else:
            folder.set_aside(folder.segment(number))
        return _gone(entry)
    for at, end in damaged:
        folder.keep_piece(number, at, data[at:end])
    is_cut = bool(damaged) and damaged[-1][1] == len(data)
    segment.lose_until(max(len(segment) + is_cut, entry.records if entry else 0))
    return segment


def _index(number: int, data: bytes) -> tuple[Segment | None, list[tuple[int, int]]]:
    """The records of a file, and the bytes between them that are none; a torn end is no damage."""
    segment: Segment | None = None
    damaged = []
    end = 0
    for place in record.scan(data):
        if segment is None and place.ordinal <= place.seq:
            segment = Segment(number, place.incarnation, place.seq - place.ordinal)
        if (
            segment is None
            or place.ordinal < len(segment)
            or place.ordinal >= MOST_RECORDS
            or place[:2] != segment.key(place.ordinal)
        ):
            continue
        if place.at > end:
            damaged.append((end, place.at))
        segment.add(place)
        end = place.end
    if segment is not None:
        segment.size_bytes = len(data)
        if end < len(data) and not record.is_torn(data[end:]):
            damaged.append((end, len(data)))
    return segment, damaged


def _gone(entry: Entry | None) -> Segment | None:
    """A segment of which no record is left; the cursor knew it. Between first and last, times are as in even steps."""
    if entry is None:
        return None
    segment = Segment(entry.number, entry.incarnation, entry.first_seq)
    segment.gone = True
    records = min(entry.records, MOST_RECORDS)
    for ordinal in range(records):
        at_ms = entry.from_ms + (entry.to_ms - entry.from_ms) * ordinal // max(1, records - 1)
        segment.lose_until(ordinal + 1, at_ms, at_ms)
    return segment
