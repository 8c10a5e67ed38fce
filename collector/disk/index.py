"""All segments in their order, and where in them a record is."""

from __future__ import annotations

from collections.abc import Iterator

from collector.disk.segment import LOST, Segment, Span
from collector.spool import Key


class Index:
    """The segments of a spool. Not safe for threads: the spool's lock is around it."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self._found: Segment | None = None

    def find(self, key: Key) -> Segment | None:
        """Where a record waits. Those that are asked for together lie together."""
        if self._found is None or self._found.ordinal(key) < 0:
            self._found = next((one for one in reversed(self.segments) if one.ordinal(key) >= 0), None)
        return self._found

    def forget(self, segments: list[Segment]) -> None:
        """Segments are no longer."""
        self.segments = [segment for segment in self.segments if segment not in segments]
        self._found = None

    def spans(self) -> Iterator[Span]:
        """The records that wait, oldest first."""
        return (segment.span(ordinal) for segment in self.segments for ordinal in segment.waiting())

    def spans_backwards(self) -> Iterator[Span]:
        """The records that wait, newest first."""
        backwards = reversed(self.segments)
        return (segment.span(ordinal) for segment in backwards for ordinal in segment.waiting_backwards())

    def left(self) -> int:
        """How many records wait."""
        return sum(segment.left for segment in self.segments)

    def left_bytes(self) -> int:
        """What their bodies take."""
        return sum(segment.left_bytes for segment in self.segments)

    def disk_bytes(self) -> int:
        """What the files take."""
        return sum(segment.size_bytes for segment in self.segments)

    def has_lost(self) -> bool:
        """Whether a record is lost that nobody was told of."""
        return any(LOST in segment.states for segment in self.segments)

    def done(self, written: Segment | None) -> list[Segment]:
        """The segments that nobody needs: all is settled, and a summary at or behind their end holds their
        raw rows (rule 13). Never the one that is written."""
        found = []
        is_summarised = False
        for segment in reversed(self.segments):
            if not segment.left and segment is not written and (is_summarised or not segment.raw_behind):
                found.append(segment)
            is_summarised = is_summarised or segment.last_summary >= 0
        return found

    def behind_summary(self) -> list[Segment]:
        """The segments that may hold raw rows behind the last summary, in order."""
        found: list[Segment] = []
        for segment in reversed(self.segments):
            found.insert(0, segment)
            if segment.last_summary >= 0:
                break
        return found
