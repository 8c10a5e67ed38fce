"""Questions that may have more of an answer than a server gives at once, asked until all of it is there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tidegauge.storage.base import StoreError
from tidegauge.storage.elastic import bodies, slices
from tidegauge.storage.elastic.answers import Found
from tidegauge.storage.elastic.bodies import Body
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import Family
from tidegauge.storage.elastic.search import Answer, Search, TooManyBucketsError, ask
from tidegauge.storage.elastic.slices import Slice

AfterKey = Mapping[str, Any] | None


class Question(NamedTuple):
    """Rows of a slice, as `body` of the slice and a size asks for them.

    about: the caller's. size: buckets or rows at once. rows: how many are expected, where single ones
    are asked for.
    """

    about: int
    family: Family
    within: Slice
    body: Callable[[Slice, int], Body]
    size: int
    conditions: Sequence[Body] = ()
    rows: int = 0

    def search(self, size: int) -> Search:
        """The search that answers it."""
        return self._of(self.body(self.within, size))

    def counting(self) -> Search:
        """The search that tells how its rows lie in time."""
        return self._of(bodies.counts(self.within, slices.interval_ms(self.within)))

    def _of(self, body: Body) -> Search:
        return Search(slices.indices(self.family, self.within), bodies.narrowed(body, self.conditions))


class Paging:
    """Asks a cluster from any number of threads at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._most = slices.PAGE

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
        searches = {i: _page(questions[i], sizes[i], key) for i, key in waiting.items()}
        try:
            for i, answer in ask(self._connection, searches):
                found, key = _buckets(answer)
                del left[i]
                if len(found) >= sizes[i]:
                    left[i] = key
                yield questions[i], found
        except TooManyBucketsError:
            if most == 1:
                raise
            self._most = most // 2
        return left

    def rows(self, questions: Sequence[Question]) -> Iterator[tuple[Question, Found]]:
        """All rows of some questions, each once, in no order. Raises StoreError."""
        waiting = list(questions)
        while waiting:
            few = [question for question in waiting if question.rows <= question.size]
            many = [question for question in waiting if question.rows > question.size]
            waiting = []
            for i, answer in ask(self._connection, {i: one.search(one.size) for i, one in enumerate(few)}):
                rows, found = answer["hits"]["total"]["value"], answer["hits"]["hits"]
                if rows > few[i].size:
                    many.append(few[i])
                elif found:
                    yield few[i], found
            for i, answer in ask(self._connection, {i: one.counting() for i, one in enumerate(many)}):
                waiting += _cut(many[i], answer)


def _page(question: Question, size: int, key: AfterKey) -> Search:
    search = question.search(size)
    return search._replace(body=bodies.after(search.body, key))


def _buckets(answer: Answer) -> tuple[Found, AfterKey]:
    """The buckets and the key of the last of them; none where there is no index."""
    found = answer.get("aggregations", {}).get("buckets", {})
    return found.get("buckets", ()), found.get("after_key")


def _cut(question: Question, answer: Answer) -> list[Question]:
    """Questions of as few rows as are answered at once, or of less than was counted."""
    if question.within.span_ms <= 1:
        return [question._replace(within=half, rows=question.rows // 2) for half in _halves(question.within)]
    counted = answer.get("aggregations", {}).get("counts", {}).get("buckets", ())
    counts = [(bucket["key"], bucket["doc_count"]) for bucket in counted]
    cut = slices.by_counts(question.within, counts, question.size * 4 // 5)
    return [question._replace(within=within, rows=rows) for within, rows in cut]


def _halves(within: Slice) -> list[Slice]:
    """Where time cannot be cut any more: its entities in two."""
    if len(within.entities) == 1:
        raise StoreError("an entity has too many rows at one time", permanent=True)
    return slices.by_entities(within, -(-len(within.entities) // 2))
