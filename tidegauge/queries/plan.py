"""A query made definite: its entities, series, span and step at a moment. Pure."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tidegauge.metrics import runs, steps
from tidegauge.metrics.fold import Aggregate
from tidegauge.metrics.parts import Series, bucket_of
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Kind
from tidegauge.queries.known import Known
from tidegauge.storage.base import StoreError

FOREVER = 1 << 62


@dataclass(frozen=True)
class Plan:
    """What to ask the store. step_ms 0: rows. period_ms: the entities' least. lookback_ms: how far before
    the start the edge of the first bucket may begin."""

    query: Query
    start_ms: int
    end_ms: int
    step_ms: int
    period_ms: int
    lookback_ms: int
    entities: Mapping[str, Known]
    series: tuple[Series, ...]
    failure: StoreError | None = None
    """Why there may be entities beside these."""

    @functools.cached_property
    def host(self) -> str | None:
        """The one host whose entities these are; None for several, or none."""
        hosts = {known.host for known in self.entities.values()}
        return hosts.pop() if len(hosts) == 1 else None

    @functools.cached_property
    def points(self) -> int:
        """About how many points all series have together."""
        buckets = {
            entity: (self.end_ms - self.start_ms) // max(self.step_ms, known.entity.period_ms)
            for entity, known in self.entities.items()
        }
        return sum(1 + buckets[one.entity] for one in self.series)

    @property
    def until_ms(self) -> int:
        """Before what time rows count: all of the last bucket; a range that ends "now" takes whatever comes."""
        return FOREVER if self.query.end == "now" else self.end_ms + -self.end_ms % max(self.step_ms, 1)

    @property
    def first_bucket(self) -> int:
        """The first bucket that is shown."""
        return bucket_of(self.start_ms, self.step_ms)

    @property
    def asked_from_ms(self) -> int:
        """Where the store's rows must begin for the first bucket to be whole, and its edge."""
        return bucket_of(self.first_bucket - self.lookback_ms, self.step_ms)

    def reads(self, tier: str) -> bool:
        """Whether rows of a tier are asked for."""
        return tier != "minute" or self.step_ms >= steps.MINUTE

    @property
    def needs_ends(self) -> bool:
        """Whether the first and last values of gauges are needed: stores give them only when asked."""
        return self.query.aggregate == "last" and any(one.kind == "gauge" for one in self.series)

    @property
    def edge_ms(self) -> int:
        """How far before a bucket the edge may begin that it counts: near for rates, for an increase anywhere."""
        return self.end_ms - self.asked_from_ms if self.query.rate == "increase" else self.lookback_ms


def make(
    query: Query,
    entities: Mapping[str, Known],
    kind: Callable[[str], Kind],
    now_ms: int,
    failure: StoreError | None = None,
) -> Plan:
    """The plan of a query at `now_ms` (the host's own now where all entities are of one host)."""
    start_ms, end_ms = query.span(now_ms)
    period_ms = min((known.entity.period_ms for known in entities.values()), default=1000)
    widest_ms = max((known.entity.period_ms for known in entities.values()), default=1000)
    step_ms = query.step(now_ms)
    if not query.by:
        step_ms = steps.for_period(step_ms, period_ms)
    lookback_ms = max(step_ms, runs.HOLE_PERIODS * widest_ms)
    series = tuple(Series(entity, metric, kind(metric)) for entity in sorted(entities) for metric in query.metrics)
    return Plan(query, start_ms, end_ms, step_ms, period_ms, lookback_ms, entities, series, failure)


def in_time(query: Query, kind: Kind) -> Aggregate:
    """How the rows of one series' bucket become its value."""
    if kind == "counter":
        return {"rate": "rate", "increase": "increase", "none": "last"}.get(query.rate, "rate")  # type: ignore[return-value]
    if query.aggregate == "sum" and query.by:
        return "avg"
    return query.aggregate  # type: ignore[return-value]
