"""The indices of Elasticsearch as a source: read alone, from a query to points by the pages' own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from tidegauge.client.answer import Answer, Gap, Happened, Known, Metric, Series
from tidegauge.client.errors import TidegaugeError
from tidegauge.clock import Clock
from tidegauge.metrics import filters, ranges
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.events import COLLECTOR_STARTED, COLLECTOR_STOPPED
from tidegauge.metrics.filters import Filter
from tidegauge.metrics.gaps import Holder
from tidegauge.metrics.query import Query, QueryError, to_url
from tidegauge.metrics.records import Kind
from tidegauge.metrics.steps import DAY, SECOND
from tidegauge.metrics.wire import Queue
from tidegauge.queries import combine, known, plan
from tidegauge.queries.combine import Line
from tidegauge.queries.explained import explained
from tidegauge.queries.histories import Histories
from tidegauge.queries.plan import Plan
from tidegauge.queries.samples import Samples
from tidegauge.queries.view import View
from tidegauge.storage.base import StoreError
from tidegauge.storage.elastic.reading import ElasticReading

WINDOW_MS = 15 * SECOND
"""W of the nodes over Elasticsearch: where they begin to rest on single rows."""
NOTHING_KEPT = 0
"""Bytes of tiles: no late notice comes here that would let go of them."""


class IndicesSource:
    """The indices of a cluster. `now` is this machine's, for hosts too. ca: a file of certificates to trust."""

    def __init__(self, url: str, ca: str, api_key: str, clock: Clock) -> None:
        with _told():
            self._store = ElasticReading(url, ca, api_key)
        self.url = self._store.name
        self._clock = clock
        self._samples = Samples(self._store, WINDOW_MS, NOTHING_KEPT)
        self._kinds: Mapping[str, Kind] = {name: row.kind for name, row in catalogue().items()}
        self._units: Mapping[str, str] = {name: row.unit for name, row in catalogue().items()}

    def link(self, query: Query) -> str:
        return f"{self.url}/?{to_url(query)}"

    def is_own(self, _link: str) -> bool:
        return True

    def answer(self, query: Query) -> Answer:
        now = self._clock.wall_ms()
        with _told():
            made = plan.make(query, self._matching(query.filter, *query.span(now)), self._kind, now)
            view = View(made, WINDOW_MS, lambda _host: now)
            lines = view.take_whole(view.ask_whole(made)(self._samples))
            gaps = explained(Histories(self._store, WINDOW_MS), made, self._holder(made, now))
        told = {host: [Gap(*gap) for gap in found] for host, found in gaps.items()}
        series = [self._series(made, line) for line in lines]
        return Answer(made.start_ms, made.end_ms, made.step_ms, view.source, series, told)

    def entities(self, terms: Filter, start: str, end: str) -> list[Known]:
        with _told():
            found = self._matching(terms, *self._span(start, end))
        return [
            Known(name, one.entity.kind, one.host, one.entity.period_ms, one.entity.attributes)
            for name, one in sorted(found.items())
        ]

    def events(self, start: str, end: str) -> list[Happened]:
        with _told():
            found = self._store.events(*self._span(start, end))
        return [
            Happened(one.host, one.event.entity, one.event.time_ns, one.event.kind, one.event.attributes, one.id)
            for one in found
        ]

    def metrics(self) -> list[Metric]:
        with _told():
            described = self._store.metrics()
        self._kinds = {**self._kinds, **{one.name: one.kind for one in described}}
        self._units = {**self._units, **{one.name: one.unit for one in described}}
        return [Metric(one.name, one.unit, one.kind, one.help, one.formula) for one in described]

    def _kind(self, metric: str) -> Kind:
        return self._kinds.get(metric, "gauge")

    def _span(self, start: str, end: str) -> tuple[int, int]:
        now = self._clock.wall_ms()
        return ranges.resolve(start, now), ranges.resolve(end, now)

    def _matching(self, terms: Filter, start_ms: int, end_ms: int) -> dict[str, known.Known]:
        found = {info.entity.id: known.Known(info.host, info.entity) for info in self._store.entities(start_ms, end_ms)}
        return {name: one for name, one in found.items() if filters.matches(terms, one.attributes())}

    def _series(self, made: Plan, line: Line) -> Series:
        one = made.entities.get(line.entity)
        return Series(
            entity=line.entity,
            name=combine.entity_name(one) if one else line.label,
            metric=line.metric,
            label=line.label,
            unit=self._units.get(line.metric, ""),
            kind=self._kind(line.metric),
            time_ms=line.time.tolist(),
            value=line.value.tolist(),
        )

    def _holder(self, made: Plan, now: int) -> Callable[[str], Holder]:
        """What is known of collectors here: their last word. What they hold is not."""
        hosts = sorted({one.host for one in made.entities.values()})
        words = {}
        for one in self._store.events(min(made.start_ms, now - DAY), now + DAY, hosts) if hosts else ():
            if one.event.kind in (COLLECTOR_STARTED, COLLECTOR_STOPPED):
                words[one.host] = one.event.kind

        def holder(host: str) -> Holder:
            state = "stopped" if words.get(host) == COLLECTOR_STOPPED else "unknown"
            return Holder(state, now, "", Queue(), 1000)

        return holder


@contextmanager
def _told() -> Iterator[None]:
    """The errors of stores and queries as ours."""
    try:
        yield
    except StoreError as error:
        raise TidegaugeError(str(error), error.hint) from error
    except QueryError as error:
        raise TidegaugeError(str(error), "help(tg.query) tells what can be asked") from error
