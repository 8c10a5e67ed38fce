"""The board: which views are looked at by whom, and which rows, notices and entities concern them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from app import orders
from app.entities import Entities
from app.outbox import Outbox
from app.shared_view import Batch, Clocks, SharedView, Subscriber
from tidegauge.cluster.frames import Late, entity_topic, topic_entity, topic_metric
from tidegauge.cluster.window import RowWindow
from tidegauge.metrics import filters
from tidegauge.metrics.query import Query, QueryError, from_url, to_url
from tidegauge.metrics.records import Row
from tidegauge.queries import plan
from tidegauge.queries.known import Known
from tidegauge.queries.plan import Plan
from tidegauge.queries.samples import Samples
from tidegauge.queries.view import View
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

MAX_SERIES = 20_000
MAX_POINTS = 2_000_000
"""Of all series before they are put together: what a view may hold."""
MAX_SUBSCRIPTIONS = 200
"""Of one browser; a page has some twenty."""


class Topics(Protocol):
    """The link's side of watching."""

    def watch(self, topic: str) -> None:
        """Read a topic: its window, then its deltas."""
        ...

    def unwatch(self, topic: str) -> None:
        """Read it no longer."""
        ...

    def has_metrics(self) -> bool:
        """Whether there are topics of metrics."""
        ...


class Board:
    """All views of a web node. Thread-safe: `_lock` may be taken while a view's is held, never the
    other way round.
    """

    def __init__(
        self, samples: Samples, entities: Entities, topics: Topics, clocks: Clocks, window: RowWindow, window_ms: int
    ) -> None:
        self._samples = samples
        self._entities = entities
        self._topics = topics
        self._clocks = clocks
        self._window = window
        self._window_ms = window_ms
        self._lock = threading.Lock()
        self._shared: dict[str, SharedView] = {}
        self._subscribed: dict[Outbox, dict[int, SharedView]] = {}
        self._watched: Counter[str] = Counter()
        self._followed: dict[Outbox, str] = {}
        self._showing: dict[str, set[SharedView]] = {}
        """By entity the views that are given its rows: not every view is asked about every row."""

    def plan(self, query: Query, *, stored: bool = False) -> Plan:
        """The plan of a query now: by the host's own now if all its entities are of one host.

        stored: with the entities of the store whatever happens. Raises QueryError; if stored, StoreError.
        """
        now = self._clocks.server_now()
        found, failure = self._entities.search(query.filter, *query.span(now))
        if failure and stored:
            raise failure
        hosts = {known.host for known in found.values()}
        if len(hosts) == 1:
            now = self._clocks.host_now(hosts.pop())
        self._entities.learn_unknown(query.metrics)
        made = plan.make(query, found, self._entities.kind, now, failure)
        if len(made.series) > MAX_SERIES:
            raise QueryError(f"{len(made.series)} series are too many; narrow the filter")
        if made.points > MAX_POINTS:
            raise QueryError(f"about {made.points} points are too many; narrow the filter, or ask for fewer points")
        return made

    def view(self, made: Plan) -> View:
        """A view of a plan, nothing loaded yet."""
        return View(made, self._window_ms, self._clocks.host_now)

    def subscribe(self, outbox: Outbox, id: int, url: str) -> None:
        """Show a query to a browser: the whole view now, then its changes; replaces what it saw
        under this id. Raises QueryError.
        """
        query, news = from_url(url), self._entities.news
        made = self.plan(query)
        key, subscriber = to_url(query), Subscriber(outbox, id)
        opened = None if key in self._shared else self.view(made)
        with self._lock:
            mine = self._subscribed.setdefault(outbox, {})
            if len(mine) >= MAX_SUBSCRIPTIONS:
                raise QueryError(f"a browser may have {MAX_SUBSCRIPTIONS} subscriptions; unsubscribe from some")
            shared = self._shared.get(key) or self._add(key, query, opened or self.view(made))
            shared.enter(subscriber)
            before, mine[id] = mine.get(id), shared
            if before is not None and before is not shared:
                self._leave(before, subscriber)
        if news != self._entities.news:  # an entity came that the plan may lack, before the view was there to be told
            shared.stale = True
        shared.show(made, subscriber)

    def watch_entity(self, outbox: Outbox, entity: str | None) -> None:
        """Read an entity's rows for a browser for as long as it is there, whatever views it has;
        replaces the entity before, None: reads none.
        """
        with self._lock:
            before = self._followed.pop(outbox, None)
            if entity is not None:
                self._followed[outbox] = entity
                self._count([entity_topic(entity)])
            self._discount([entity_topic(before)] if before else [])

    def unsubscribe(self, outbox: Outbox, id: int | None = None) -> None:
        """Forget one subscription of a browser, or all; views that nobody looks at are closed."""
        with self._lock:
            mine = self._subscribed.get(outbox, {})
            for one in [*mine] if id is None else [id]:
                if shared := mine.pop(one, None):
                    self._leave(shared, Subscriber(outbox, one))
            if not mine:
                self._subscribed.pop(outbox, None)
            if id is None and (entity := self._followed.pop(outbox, None)):
                self._discount([entity_topic(entity)])

    def rows(self, rows: Batch) -> None:
        """Fold live rows, by entity, into every view that shows them."""
        mine: dict[SharedView, dict[str, Sequence[Row]]] = {}
        with self._lock:
            for entity, own in rows.items():
                for shared in self._showing.get(entity, ()):
                    mine.setdefault(shared, {})[entity] = own
        for shared, batch in mine.items():
            shared.offer(batch)

    def late(self, notice: Late) -> None:
        """Note a late notice; `follow` asks for its rows."""
        for shared in self._all():
            shared.note_late(notice)

    def erased(self, host: str) -> None:
        """Rows of a host were dropped and taken out of the window: its views are drawn anew."""
        for shared in self._all():
            if any(known.host == host for known in shared.view.plan.entities.values()):
                shared.stale = True

    def new_entity(self, known: Known) -> None:
        """An entity appeared or changed: views that it matches are drawn anew with it."""
        for shared in self._all():
            changed = shared.view.plan.entities.get(known.entity.id) != known
            if changed and filters.matches(shared.query.filter, known.attributes()):
                shared.stale = True

    def all_stale(self) -> None:
        """A link was lost or lagged: everything is drawn anew."""
        for shared in self._all():
            shared.stale = True

    def follow(self) -> None:
        """What is to be done beside the stream: late notices, views to draw anew. Called often."""
        for shared in self._all():
            try:
                shared.follow(self.plan)
            except (StoreError, QueryError) as error:
                log.warning("view_not_followed error=%s", error)

    def watched_topics(self) -> list[str]:
        """The topics that are read."""
        with self._lock:
            return list(self._watched)

    def read_by(self, topic: str) -> dict[str, list[str]]:
        """The entities, by host, of which a topic's rows are shown."""
        if entity := topic_entity(topic):
            known = self._entities.get(entity)
            return {known.host: [entity]} if known else {}
        found: dict[str, Known] = {}
        for shared in self._all():
            found |= shared.view.plan.entities if topic in shared.watched else {}
        hosts: dict[str, list[str]] = {}
        for known in found.values():
            hosts.setdefault(known.host, []).append(known.entity.id)
        return hosts

    def read_entities(self) -> set[str]:
        """The entities of which rows are read to be shown."""
        with self._lock:
            found = {entity for topic in self._watched if (entity := topic_entity(topic))}
            wide = [shared.view.plan.entities for shared in self._shared.values() if _by_metric(shared.watched)]
        return found.union(*wide)

    def _add(self, key: str, query: Query, view: View) -> SharedView:
        parts = self._samples, self._entities, self._clocks, self._window
        shared = SharedView(query, view, *parts, self._exchange)
        self._shared[key] = shared
        self._watch(shared, view)
        return shared

    def _exchange(self, shared: SharedView, made: Plan) -> View | None:
        """A new view of a plan for a place, whose topics are read from now on; None if nobody looks any more."""
        opened = self.view(made)
        with self._lock:
            if shared not in self._shared.values():
                return None
            before = shared.watched
            self._watch(shared, opened)
            self._discount(before)
            return opened

    def _watch(self, shared: SharedView, view: View) -> None:
        self._show(shared, {*shared.view.plan.entities, *view.plan.entities})
        shared.watched = self._orders(view.plan) if view.live else ()
        self._count(shared.watched)

    def _orders(self, plan: Plan) -> tuple[str, ...]:
        """The topics that bring the rows of a plan."""
        is_wide = len(plan.entities) >= orders.MANY and self._topics.has_metrics()
        return orders.topics(plan, self._entities.alike(plan.entities) if is_wide else None)

    def _leave(self, shared: SharedView, subscriber: Subscriber) -> None:
        if shared.leave(subscriber):
            del self._shared[to_url(shared.query)]
            self._discount(shared.watched)
            self._show(shared, set())

    def _show(self, shared: SharedView, entities: set[str]) -> None:
        """Give a view the rows of these entities and of no others."""
        for entity in shared.shown - entities:
            self._showing[entity].discard(shared)
            if not self._showing[entity]:
                del self._showing[entity]
        for entity in entities - shared.shown:
            self._showing.setdefault(entity, set()).add(shared)
        shared.shown = entities

    def _all(self) -> list[SharedView]:
        with self._lock:
            return list(self._shared.values())

    def _count(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._watched[topic] += 1
            if self._watched[topic] == 1:
                self._topics.watch(topic)

    def _discount(self, topics: Iterable[str]) -> None:
        for topic in topics:
            self._watched[topic] -= 1
            if self._watched[topic] <= 0:
                del self._watched[topic]
                self._topics.unwatch(topic)
                self._forget(topic)

    def _forget(self, topic: str) -> None:
        """Let go of an entity's rows, unless a metric's topic may still bring them: then age will do it."""
        if (entity := topic_entity(topic)) and not _by_metric(self._watched):
            self._window.forget(entity)


def _by_metric(topics: Iterable[str]) -> bool:
    return any(topic_metric(topic) for topic in topics)
