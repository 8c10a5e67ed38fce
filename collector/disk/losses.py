"""Records that are missing between others, as spans that can be claimed (rule 11). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from collector.claims import Run
from collector.disk.segment import Segment

_GROUPS = re.compile(rb"x+|[01]+")


class Loss(NamedTuple):
    """Records that followed each other and are lost, and the times of the rows around them, where they are known."""

    records: int
    after_ms: int | None = None
    before_ms: int | None = None

    def run(self, period_ms: int) -> Run | None:
        """What to claim: from a period behind the row before to one ahead of the row behind.

        None where no row fits in between (then the lost record had none), and where nothing is known.
        """
        width = (self.records - 1) * period_ms
        if self.after_ms is not None:
            from_ms = self.after_ms + period_ms
            to_ms = from_ms + width if self.before_ms is None else self.before_ms - period_ms
        elif self.before_ms is not None:
            to_ms = self.before_ms - period_ms
            from_ms = to_ms - width
        else:
            return None
        slack = period_ms // 2
        return Run(min(from_ms, to_ms), max(from_ms, to_ms), self.records) if from_ms <= to_ms + slack else None


def take(segments: Sequence[Segment]) -> list[Loss]:
    """What is lost in segments that stand in their order; from here on it counts as settled."""
    walk = _Walk()
    for segment in segments:
        walk.enter(segment)
        for group in _GROUPS.finditer(bytes(segment.states)):
            step = walk.lost if group[0].startswith(b"x") else walk.known
            step(segment, *group.span())
        segment.forgive()
    walk.end()
    return walk.found


class _Walk:
    """One way along all records: the loss that is open, and the row before it."""

    def __init__(self) -> None:
        self.found: list[Loss] = []
        self._number = -1
        self._row_ms: int | None = None
        self._records = 0
        self._after_ms: int | None = None
        self._end_ms: int | None = None

    def enter(self, segment: Segment) -> None:
        """A segment that stands alone says nothing of what was around it."""
        if segment.number != self._number + 1:
            self.end()
            self._row_ms = None
        self._number = segment.number

    def lost(self, segment: Segment, start: int, end: int) -> None:
        """Records are missing. Of a file that is gone the cursor knew the span."""
        if not self._records:
            self._after_ms = self._row_ms
            if self._after_ms is None and segment.gone:
                self._after_ms = segment.span(start).from_ms - 1
        self._records += end - start
        self._end_ms = segment.span(end - 1).to_ms + 1 if segment.gone else None

    def known(self, segment: Segment, start: int, end: int) -> None:
        """Records are there."""
        self._close(segment.span(start).from_ms or None)
        self._row_ms = segment.span(end - 1).to_ms or None

    def end(self) -> None:
        """Nothing is known to follow."""
        self._close(self._end_ms)

    def _close(self, before_ms: int | None) -> None:
        if self._records:
            self.found.append(Loss(self._records, self._after_ms, before_ms))
        self._records = 0
