"""A source of numbers that a test writes down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidegauge.client.answer import Answer, Gap, Happened, Known, Metric, Series
from tidegauge.metrics import filters
from tidegauge.metrics.filters import Filter
from tidegauge.metrics.query import Query, to_url

NOW = 1_700_000_000_000


def known(name: str = "h1", kind: str = "host", period_ms: int = 1000, host: str = "", **attributes: str) -> Known:
    """An entity; its host's name is its host's id unless told."""
    host = host or name
    return Known(name, kind, host, period_ms, {"host.id": host, "host.name": host, "fleet": "default", **attributes})


def series(
    times: Sequence[int], values: Sequence[float | None], entity: str = "h1", metric: str = "gauge", **changes: str
) -> Series:
    """A line of a gauge in bytes, labelled as its entity unless told."""
    told = {"name": entity, "label": entity, "unit": "By", "kind": "gauge", **changes}
    return Series(entity=entity, metric=metric, time_ms=list(times), value=list(values), **told)  # type: ignore[arg-type]


def answer(
    *lines: Series, from_ms: int = NOW - 10_000, to_ms: int = NOW, step_ms: int = 0, gaps: Sequence[Gap] = ()
) -> Answer:
    """An answer from raw rows; gaps are of host h1."""
    return Answer(from_ms, to_ms, step_ms, "raw", list(lines), {"h1": list(gaps)} if gaps else {})


class FakeSource:
    """Answers what it was told, and remembers what was asked."""

    url = "fake:"

    def __init__(
        self,
        entities: Sequence[Known] = (),
        answers: Callable[[Query], Answer] = lambda _: answer(),
        events: Sequence[Happened] = (),
        metrics: Sequence[Metric] = (),
    ) -> None:
        self._entities, self._answers, self._events, self._metrics = entities, answers, events, metrics
        self.asked: list[Query] = []

    def link(self, query: Query) -> str:
        return f"fake:{to_url(query)}"

    def is_own(self, link: str) -> bool:
        return "elsewhere" not in link

    def answer(self, query: Query) -> Answer:
        self.asked.append(query)
        return self._answers(query)

    def entities(self, terms: Filter, start: str, end: str) -> list[Known]:  # noqa: ARG002
        names = (
            (one, {**one.attributes, "entity": one.entity, "kind": one.kind, "host": one.host})
            for one in self._entities
        )
        return [one for one, attributes in names if filters.matches(terms, attributes)]

    def events(self, start: str, end: str) -> list[Happened]:  # noqa: ARG002
        return list(self._events)

    def metrics(self) -> list[Metric]:
        return list(self._metrics)
