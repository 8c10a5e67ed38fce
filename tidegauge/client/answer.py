"""What a source of numbers answers, as the JSON API writes it (docs/api.md), and what a source promises.

A web node and the indices of Elasticsearch are sources; everything above reads these values alone, so
that both give the same frames.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from tidegauge.metrics.filters import Filter
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Kind


class Known(msgspec.Struct, frozen=True):
    """An entity: its id, kind, host's id, period in ms, attributes."""

    entity: str
    kind: str
    host: str
    period_ms: int
    attributes: dict[str, str] = {}


class Metric(msgspec.Struct, frozen=True):
    """A metric as collectors describe it; unit in UCUM."""

    metric: str
    unit: str
    kind: Kind
    help: str = ""
    formula: str = ""


class Happened(msgspec.Struct, frozen=True):
    """An event; host: the id of the host whose collector sent it. id: the event's own."""

    host: str
    entity: str
    time_ns: int
    kind: str
    attributes: dict[str, str] = {}
    id: str = ""


class Gap(msgspec.Struct, frozen=True):
    """A span of a host's rows that is not as it should be, and why; `late` spans have rows, others none."""

    from_ms: int
    to_ms: int
    state: str
    text: str


class Series(msgspec.Struct, frozen=True):
    """A line: times in ms (of buckets, or the rows' own) ascending, and a value for each, None: unknown.

    entity: "" where the query puts several together. label: what tells it from the others.
    """

    entity: str
    name: str
    metric: str
    label: str
    unit: str
    kind: Kind
    time_ms: list[int]
    value: list[float | None]


class Answer(msgspec.Struct, frozen=True):
    """A query's answer. from_ms, to_ms: its range made definite, by the host's own clock if all is of one.

    step_ms 0: rows at their own times. source: the rows it rests on, raw, minute, or
    minute+raw. gaps: by host id.
    """

    from_ms: int
    to_ms: int
    step_ms: int
    source: str
    series: list[Series]
    gaps: dict[str, list[Gap]] = {}


class Source(Protocol):
    """Where numbers come from. start, end: time expressions. Every method raises TidegaugeError."""

    url: str
    """What was connected to, without secrets."""

    def link(self, query: Query) -> str:
        """Where a person can look at the query again; no secret is in it."""
        ...

    def is_own(self, link: str) -> bool:
        """Whether a link is of what this source reads, as far as can be seen."""
        ...

    def answer(self, query: Query) -> Answer:
        """The answer to a query now."""
        ...

    def entities(self, terms: Filter, start: str, end: str) -> list[Known]:
        """The entities that match and have rows in a range, to the precision of days; by id."""
        ...

    def events(self, start: str, end: str) -> list[Happened]:
        """All events in a range, by time."""
        ...

    def metrics(self) -> list[Metric]:
        """Every metric that was ever described or stored."""
        ...
