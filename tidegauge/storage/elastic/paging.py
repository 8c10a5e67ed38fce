"""Buckets of rows, of which there may be more than a server gives at once, asked until all are there."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tidegauge.storage.elastic import bodies, slices
from tidegauge.storage.elastic.answers import Found, type_of
from tidegauge.storage.elastic.bodies import Body, Metric
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.search import Search, TooManyBucketsError, ask
from tidegauge.storage.elastic.slices import Slice, What

AfterKey = Mapping[str, Any] | None


class Question(NamedTuple):
    """Rows of a slice that meet conditions, in buckets. about: the caller's. size: how many at once."""

    about: int
    within: Slice
    step_ms: int
    what: What
    metrics: Sequence[Metric]
    size: int
    conditions: Sequence[Body] = ()

    def search(self, size: int, key: AfterKey) -> Search:
        """The search for what follows a key."""
        body = bodies.buckets(self.within, size, self.step_ms, self.what, self.metrics)
        searched = slices.indices(self.what, self.within)
        return Search(searched, bodies.after(bodies.narrowed(body, self.conditions), key), type_of(bodies.named(body)))


class Paging:
    """Asks a cluster from any number of threads at once."""

    def __init__(self, connection: Connection, most: int = slices.PAGE) -> None:
        """most: buckets at once."""
        self._connection = connection
        self._most = most

    def buckets(self, questions: Sequence[Question]) -> Iterator[tuple[Question, Found]]:
        """All buckets of some questions, page by page, in no order. Raises StoreError."""
        waiting: dict[int, AfterKey] = dict.fromkeys(range(len(questions)))
        while waiting:
            waiting = yield from self._next_pages(questions, waiting)

    def _next_pages(
        self, questions: Sequence[Question], waiting: Mapping[int, AfterKey]
    ) -> Generator[tuple[Question, Found], None, dict[int, AfterKey]]:
        """The page that follows for each; what has still more of them. A cluster's own limit is learned."""
        most, left = self._most, dict(waiting)
        sizes = {i: min(most, questions[i].size) for i in waiting}
        searches = {i: questions[i].search(sizes[i], key) for i, key in waiting.items()}
        try:
            for i, answer in ask(self._connection, searches):
                found = answer.aggregations.buckets if answer.aggregations else None
                del left[i]
                if found and len(found.buckets) >= sizes[i]:
                    left[i] = found.after_key
                if found and found.buckets:
                    yield questions[i], found.buckets
        except TooManyBucketsError:
            if most == 1:
                raise
            self._most = most // 2
        return left
