"""How a question is cut so that each of its answers is of a size that a server gives and memory holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tidegauge.metrics.steps import DAY, SECOND
from tidegauge.storage.elastic.layout import Family, between, pattern

ENTITIES = 10_000
"""Named in one search; a server takes 65,536 terms."""
NAMES = 40
"""Indices named one by one; for more there is the pattern."""

PAGE = 10_000
"""Lines or rows of one answer: 10,000 is what a server gives at most of rows."""
FILL = 8_000
"""Rows to plan for in one answer: some may come meanwhile."""
ROWS = 60_000
"""Rows that one search aggregates, where it can be helped: others go on beside it."""
SIDE_BY_SIDE = 8
MOST = 64
PIECES = 1_000
"""Buckets of a count by time."""


class Slice(NamedTuple):
    """Entities, and a range of time [start_ms, end_ms)."""

    entities: tuple[str, ...]
    start_ms: int
    end_ms: int

    @property
    def span_ms(self) -> int:
        """The width of the range."""
        return self.end_ms - self.start_ms

    def rows(self, period_ms: int = SECOND) -> int:
        """How many rows it holds at one a period."""
        return len(self.entities) * -(-self.span_ms // period_ms)


def indices(family: Family, within: Slice) -> list[str]:
    """What to search for rows of a slice."""
    width_ms = DAY if family == "raw" else 28 * DAY
    if within.span_ms > NAMES * width_ms:
        return [pattern(family)]
    return [index.name for index in between(family, within.start_ms, within.end_ms)]


def by_entities(within: Slice, most: int = ENTITIES) -> list[Slice]:
    """Slices of at most so many entities."""
    names = within.entities
    return [within._replace(entities=names[at : at + most]) for at in range(0, len(names), most)]


def for_buckets(within: Slice, step_ms: int, page: int, period_ms: int) -> list[Slice]:
    """Slices of about a page of buckets, and enough of them to work on side by side.

    It is an estimate: what is more than a page comes page by page. Buckets are never cut.
    """
    lines = len(within.entities) * -(-within.span_ms // step_ms)
    wanted = max(min(SIDE_BY_SIDE, within.rows(period_ms) // ROWS), min(MOST, lines // page)) + 1
    most = min(ENTITIES, -(-len(within.entities) // wanted))
    some = by_entities(within, max(1, most))
    return [piece for one in some for piece in _by_time(one, -(-wanted // len(some)), step_ms)]


def _by_time(within: Slice, wanted: int, step_ms: int) -> list[Slice]:
    """At most so many slices, cut at edges of buckets."""
    first = within.start_ms - within.start_ms % step_ms
    width = -(-(within.end_ms - first) // wanted)
    width += -width % step_ms
    edges = [within.start_ms, *range(first + width, within.end_ms, width), within.end_ms]
    return [within._replace(start_ms=start, end_ms=end) for start, end in pairwise(edges)]


def interval_ms(within: Slice) -> int:
    """The width of the buckets to count rows in."""
    return -(-within.span_ms // PIECES)


def by_counts(within: Slice, counts: Sequence[tuple[int, int]]) -> list[tuple[Slice, int]]:
    """Slices that hold all counted rows, about `FILL` each, with how many those are.

    counts: times of buckets of `interval_ms` and their rows, by time. A bucket is not cut: where one
    holds more, its slice has to be counted again, a thousand times finer.
    """
    width = interval_ms(within)
    runs: list[list[int]] = []
    for time_ms, rows in counts:
        if runs and runs[-1][2] + rows <= FILL:
            runs[-1][1:] = [time_ms + width, runs[-1][2] + rows]
        else:
            runs.append([time_ms, time_ms + width, rows])
    return [
        (Slice(within.entities, max(start, within.start_ms), min(end, within.end_ms)), rows)
        for start, end, rows in runs
    ]


def halves(within: Slice) -> list[Slice]:
    """Where time cannot be cut any more: its entities in two."""
    return by_entities(within, -(-len(within.entities) // 2))
