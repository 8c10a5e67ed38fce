"""The board: which views are looked at by whom, and which rows, notices and entities concern them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from app import messages, plan
from app.combine import Line
from app.entities import Entities, Known
from app.outbox import Outbox
from app.plan import Plan
from app.view import Change, View
from tidegauge.cluster.frames import Late, entity_topic
from tidegauge.cluster.window import RowWindow
from tidegauge.metrics import filters
from tidegauge.metrics.query import Query, QueryError, from_url
from tidegauge.metrics.records import Row
from tidegauge.storage.base import Store, StoreError

log = logging.getLogger(__name__)

MAX_SERIES = 20_000


class Clocks(Protocol):
    """Whose now it is."""

    def host_now(self, host: str) -> int:
        """A host's own now in ms; the server's for a host that was not heard."""
        ...

    def server_now(self) -> int:
        """The server's now in ms."""
        ...


class Topics(Protocol):
    """The link's side of watching."""

    def watch(self, topic: str) -> None:
        """Read a topic: its window, then its deltas."""
        ...

    def unwatch(self, topic: str) -> None:
        """Read it no longer."""
        ...


class Subscriber(NamedTuple):
    """One subscription of one browser."""

    outbox: Outbox
    id: int


@dataclass
class _Shared:
    """A view and all who look at it. pending: late notices not yet followed."""

    query: Query
    view: View
    keys: dict[str, str] = field(default_factory=dict)
    subscribers: set[Subscriber] = field(default_factory=set)
    pending: dict[str, tuple[int, int]] = field(default_factory=dict)
    stale: bool = False
    error: str | None = None


class Board:
    """All views of a web node. Thread-safe."""

    def __init__(self, store: Store, entities: Entities, topics: Topics, clocks: Clocks, window: RowWindow) -> None:
        self._store = store
        self._entities = entities
        self._topics = topics
        self._clocks = clocks
        self._window = window
        self._lock = threading.RLock()
        self._shared: dict[str, _Shared] = {}
        self._watched: Counter[str] = Counter()
        self._followed: dict[Outbox, str] = {}

    def plan(self, query: Query) -> Plan:
        """The plan of a query now: by the host's own now if all its entities are of one host.

        Raises QueryError, StoreError.
        """
        now = self._clocks.server_now()
        start_ms, end_ms = query.span(now)
        found = self._find(query, start_ms, end_ms)
        hosts = {known.host for known in found.values()}
        if len(hosts) == 1:
            now = self._clocks.host_now(hosts.pop())
        made = plan.make(query, found, self._entities.kind, now)
        if len(made.series) > MAX_SERIES:
            raise QueryError(f"{len(made.series)} series are too many; narrow the filter")
        return made

    def subscribe(self, outbox: Outbox, id: int, url: str) -> None:
        """Show a query to a browser: the whole view now, then its changes. Raises QueryError."""
        query = from_url(url)
        made = self.plan(query)
        with self._lock:
            shared = self._shared.get(url)
            if shared is None:
                shared = self._shared[url] = _Shared(query, self._open(made))
        if _fits(shared.view, made):
            self._tell_whole(shared, made, [Subscriber(outbox, id)])
        else:
            self._reopen(shared, made, [Subscriber(outbox, id)])

    def watch_entity(self, outbox: Outbox, entity: str) -> None:
        """Read an entity's rows for a browser for as long as it is there, whatever views it has."""
        with self._lock:
            before, self._followed[outbox] = self._followed.get(outbox), entity
            self._count([entity])
            self._discount([before] if before else [])

    def unsubscribe(self, outbox: Outbox, id: int | None = None) -> None:
        """Forget one subscription of a browser, or all; views that nobody looks at are closed."""
        with self._lock:
            for url, shared in list(self._shared.items()):
                shared.subscribers = {s for s in shared.subscribers if s.outbox is not outbox or id not in (None, s.id)}
                if not shared.subscribers:
                    del self._shared[url]
                    self._discount(shared.view.watched)
            if id is None and (entity := self._followed.pop(outbox, None)):
                self._discount([entity])

    def rows(self, entity: str, rows: Sequence[Row]) -> None:
        """Fold live rows of an entity into every view that shows it."""
        for shared in self._showing(entity):
            with shared.view.lock:
                if change := shared.view.add(entity, rows):
                    self._tell(shared, change)

    def late(self, notice: Late) -> None:
        """Note a late notice; `follow` asks the store."""
        for shared in self._all():
            for entity in notice.entities:
                if entity in shared.view.plan.entities:
                    old = shared.pending.get(entity, (notice.from_ms, notice.to_ms))
                    shared.pending[entity] = min(old[0], notice.from_ms), max(old[1], notice.to_ms)

    def erase(self, host: str, from_ms: int, to_ms: int) -> None:
        """A dropped event: a host's rows in a span go from open ends, its views are drawn anew."""
        for shared in self._all():
            if any(known.host == host for known in shared.view.plan.entities.values()):
                shared.view.erase(host, from_ms, to_ms)
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
                if shared.stale or shared.error:
                    self._reopen(shared, self.plan(shared.query))
                elif shared.pending:
                    self._follow_late(shared)
            except (StoreError, QueryError) as error:
                log.warning("view_not_followed error=%s", error)

    def watched_topics(self) -> list[str]:
        """The topics that views read."""
        with self._lock:
            return list(self._watched)

    def _find(self, query: Query, start_ms: int, end_ms: int) -> dict[str, Known]:
        try:
            return self._entities.find(query.filter, start_ms, end_ms)
        except StoreError as error:
            log.warning("entities_without_store error=%s", error)
            return self._entities.find_live(query.filter)

    def _open(self, made: Plan) -> View:
        """A view with its topics watched and the rows of the window in it; nothing of the store."""
        view = View(made, self._store, self._window.span_ms, self._clocks.host_now)
        if view.live:
            view.watched = tuple(made.entities)
            self._count(view.watched)
        return view

    def _reopen(self, shared: _Shared, made: Plan, more: Sequence[Subscriber] = ()) -> None:
        """Draw a view anew for all who look at it, with the entities that match now."""
        shared.stale = False
        with self._lock:
            old, shared.view = shared.view, self._open(made)
            self._discount(old.watched)
        self._tell_whole(shared, made, [*shared.subscribers, *more])

    def _tell_whole(self, shared: _Shared, made: Plan, subscribers: Iterable[Subscriber]) -> None:
        view = shared.view
        with view.lock:
            for entity in made.entities:
                view.add(entity, self._window.rows(entity))
            lines = self._whole(shared, made)
            shared.pending.clear()
            facts = {"now_ms": self._now(made), "live": view.live, "error": shared.error}
            for subscriber in subscribers:
                text = messages.view(subscriber.id, made, lines, shared.keys, facts, self._entities.unit)
                subscriber.outbox.put(text)
                shared.subscribers.add(subscriber)

    def _whole(self, shared: _Shared, made: Plan) -> list[Line]:
        """All of a view; while the store is down what the window has, and what is wrong."""
        try:
            lines = shared.view.whole(made)
        except StoreError as error:
            shared.error = f"the store does not answer: {error}"
            return shared.view.whole(made, stored=False)
        shared.error = None
        return lines

    def _follow_late(self, shared: _Shared) -> None:
        pending, shared.pending = shared.pending, {}
        from_ms = min(span[0] for span in pending.values())
        to_ms = max(span[1] for span in pending.values())
        with shared.view.lock:
            try:
                change = shared.view.refresh(pending, from_ms, to_ms)
            except StoreError as error:
                log.warning("late_rows_unread error=%s", error)
                shared.stale = True
                return
            if change:
                self._tell(shared, change)

    def _tell(self, shared: _Shared, change: Change) -> None:
        if not (change.points or change.removed or change.lines):
            return
        text = messages.points(change, shared.keys, self._now(shared.view.plan), self._entities.unit)
        for subscriber in shared.subscribers:
            subscriber.outbox.put(messages.with_id(text, subscriber.id))

    def _now(self, made: Plan) -> int:
        hosts = {known.host for known in made.entities.values()}
        return self._clocks.host_now(hosts.pop()) if len(hosts) == 1 else self._clocks.server_now()

    def _all(self) -> list[_Shared]:
        with self._lock:
            return list(self._shared.values())

    def _showing(self, entity: str) -> list[_Shared]:
        return [shared for shared in self._all() if entity in shared.view.plan.entities]

    def _count(self, entities: Iterable[str]) -> None:
        for topic in map(entity_topic, entities):
            self._watched[topic] += 1
            if self._watched[topic] == 1:
                self._topics.watch(topic)

    def _discount(self, entities: Iterable[str]) -> None:
        for entity in entities:
            topic = entity_topic(entity)
            self._watched[topic] -= 1
            if self._watched[topic] <= 0:
                del self._watched[topic]
                self._topics.unwatch(topic)
                self._window.forget(entity)


def _fits(view: View, made: Plan) -> bool:
    """Whether a view can answer a plan made later of the same query."""
    return view.plan.step_ms == made.step_ms and view.plan.entities == made.entities
