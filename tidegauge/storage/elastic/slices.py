"""How a question is cut so that each of its answers is of a size that a server gives and memory holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from tidegauge.metrics.steps import DAY, MINUTE, SECOND
from tidegauge.storage.elastic.layout import Family, between, pattern

ENTITIES = 10_000
"""Named in one search; a server takes 65,536 terms."""
NAMES = 40
"""Indices named one by one; for more there is the pattern."""

PAGE = 10_000
"""Lines or rows of one answer; of whole rows a server gives no more."""
CELLS = 150_000
"""Numbers of one answer: megabytes of JSON."""
ROWS = 60_000
"""Rows that one search aggregates, where it can be helped: others go on beside it."""
SIDE_BY_SIDE, MOST = 8, 16
"""Searches so many at most because there are many rows, and because the answers are long."""

What = Literal["raw", "minute", "rows", "lasts", "coverage"]
"""What is asked of the rows in a bucket: `queries/values.json` names it. rows: of raw rows, each in a bucket of
its own; lasts: of minute rows, the last values, each by the time of its last raw row; coverage: of raw rows."""


class Slice(NamedTuple):
    """Entities, and a range of time [start_ms, end_ms)."""

    entities: tuple[str, ...]
    start_ms: int
    end_ms: int

    @property
    def span_ms(self) -> int:
        """The width of the range."""
        return self.end_ms - self.start_ms

    def rows(self, period_ms: int) -> int:
        """How many rows, or buckets, it holds at one a period."""
        return len(self.entities) * -(-self.span_ms // period_ms)


class Range(NamedTuple):
    """What is asked of the rows of [start_ms, end_ms) in buckets of a step; single rows: of 1."""

    what: What
    start_ms: int
    end_ms: int
    step_ms: int

    @property
    def row_ms(self) -> int:
        """How often an entity has a row, as far as can be told beforehand."""
        return MINUTE if self.what == "minute" else SECOND

    def of(self, entities: Sequence[str]) -> Slice:
        """Those of some entities."""
        return Slice(tuple(entities), self.start_ms, self.end_ms)

    def cut(self, entities: Sequence[str], most: int) -> list[Slice]:
        """Slices of about so many buckets at most, and enough of them to work on side by side.

        It is an estimate: what is more than a page comes page by page. Buckets are never cut.
        """
        whole = self.of(entities)
        rows, lines = whole.rows(self.row_ms), whole.rows(max(self.row_ms, self.step_ms))
        wanted = max(min(SIDE_BY_SIDE, rows // ROWS), min(MOST, lines // most)) + 1
        some = by_entities(whole, min(ENTITIES, -(-len(entities) // wanted)))
        return [piece for one in some for piece in _by_time(one, -(-wanted // len(some)), self.step_ms)]


def indices(what: What, within: Slice) -> list[str]:
    """Where to search for rows of a slice."""
    family: Family = "minute" if what in ("minute", "lasts") else "raw"
    width_ms = DAY if family == "raw" else 28 * DAY
    if within.span_ms > NAMES * width_ms:
        return [pattern(family)]
    return [index.name for index in between(family, within.start_ms, within.end_ms)]


def page(columns: int) -> int:
    """Lines or rows of one answer that has so many numbers in each."""
    return max(100, min(PAGE, CELLS // columns))


def by_entities(within: Slice, most: int = ENTITIES) -> list[Slice]:
    """Slices of at most so many entities."""
    names = within.entities
    return [within._replace(entities=names[at : at + most]) for at in range(0, len(names), most)]


def _by_time(within: Slice, wanted: int, step_ms: int) -> list[Slice]:
    """At most so many slices, cut at edges of buckets."""
    first = within.start_ms - within.start_ms % step_ms
    width = -(-(within.end_ms - first) // wanted)
    width += -width % step_ms
    edges = [within.start_ms, *range(first + width, within.end_ms, width), within.end_ms]
    return [within._replace(start_ms=start, end_ms=end) for start, end in pairwise(edges)]
