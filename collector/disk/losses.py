"""Records that are missing between others, as spans that can be claimed (rule 11). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from collector.claims import Run
from collector.disk.segment import Segment

_GROUPS = re.compile(rb"x+|[01]+")


class Loss(NamedTuple):
    """Records that followed each other and are lost.

    after_ms, before_ms: the times of the rows around them. first_ms, last_ms: their own. Each where it is known.
    """

    records: int
    after_ms: int | None = None
    before_ms: int | None = None
    first_ms: int | None = None
    last_ms: int | None = None

    def run(self, period_ms: int) -> Run | None:
        """What to claim: from a period behind the row before to one ahead of the row behind.

        None where no row fits in between (then the lost record had none), and where nothing is known.
        """
        width = (self.records - 1) * period_ms
        from_ms = self.first_ms if self.after_ms is None else self.after_ms + period_ms
        to_ms = self.last_ms if self.before_ms is None else self.before_ms - period_ms
        if from_ms is None:
            if to_ms is None:
                return None
            from_ms = to_ms - width
        elif to_ms is None:
            to_ms = from_ms + width
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
        self._number, self._incarnation = -1, ""
        self._row_ms: int | None = None
        self._open: Loss | None = None

    def enter(self, segment: Segment) -> None:
        """Another life, and a segment that is no longer there, say nothing of when a row was due."""
        if (segment.number, segment.incarnation) != (self._number + 1, self._incarnation):
            self.end()
            self._row_ms = None
        self._number, self._incarnation = segment.number, segment.incarnation

    def lost(self, segment: Segment, start: int, end: int) -> None:
        """Records are missing. Of a file that is gone the cursor knew the times."""
        loss = self._open or Loss(0, self._row_ms, None, segment.span(start).from_ms if segment.gone else None)
        last_ms = segment.span(end - 1).to_ms if segment.gone else None
        self._open = loss._replace(records=loss.records + end - start, last_ms=last_ms)

    def known(self, segment: Segment, start: int, end: int) -> None:
        """Records are there."""
        if self._open:
            self._open = self._open._replace(before_ms=segment.span(start).from_ms or None)
        self.end()
        self._row_ms = segment.span(end - 1).to_ms or None

    def end(self) -> None:
        """The loss that is open is over."""
        if self._open:
            self.found.append(self._open)
        self._open = None
