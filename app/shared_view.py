"""A view and all who look at it: what they are told, in which order, and what waits meanwhile."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol, TypeVar

from app import messages
from app.combine import Line
from app.entities import Entities
from app.outbox import Outbox
from app.plan import Plan
from app.view import Change, View
from tidegauge.cluster.frames import Late
from tidegauge.cluster.window import RowWindow
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Row
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

RETRY_MS = 2_000
"""How long a store that failed is left alone."""

T = TypeVar("T")

Batch = Mapping[str, Sequence[Row]]
"""Live rows by entity."""


class Clocks(Protocol):
    """Whose now it is."""

    def host_now(self, host: str) -> int:
        """A host's own now in ms; the server's for a host that was not heard."""
        ...

    def server_now(self) -> int:
        """The server's now in ms."""
        ...

    def monotonic_ms(self) -> float:
        """A time of which only differences mean anything."""
        ...


class Subscriber(NamedTuple):
    """One subscription of one browser."""

    outbox: Outbox
    id: int


class SharedView:
    """One query's view for all who look at it. Thread-safe.

    `_lock` is held while the view changes and the change is told, so that everyone gets whole views
    and changes in the order they were made. The stream's thread never waits for it, and so for the
    store: rows lie in `_inbox` until whoever holds the lock is done. `exchange(shared, plan)` puts
    a new view of a plan into place; False if nobody looks any more.
    """

    def __init__(
        self,
        query: Query,
        view: View,
        entities: Entities,
        clocks: Clocks,
        window: RowWindow,
        exchange: Callable[[SharedView, Plan], bool],
    ) -> None:
        self.query = query
        self.view = view
        self.watched: tuple[str, ...] = ()
        """The entities whose topics are read for the view; the board's."""
        self.stale = False
        """Whether the view is to be drawn anew."""
        self._entities = entities
        self._clocks = clocks
        self._window = window
        self._exchange = exchange
        self._lock = threading.Lock()
        self._inbox: deque[Batch] = deque()
        self._late: deque[Late] = deque()
        self._keys: dict[str, str] = {}
        self._error: str | None = None
        self._failed_ms = 0.0
        self._guard = threading.Lock()
        self._members: dict[Subscriber, bool] = {}
        """Who looks, and whether the whole view was told already."""

    def enter(self, subscriber: Subscriber) -> None:
        """Count someone in, to whom the view is to be told yet."""
        with self._guard:
            self._members[subscriber] = False

    def count(self, outbox: Outbox) -> int:
        """How many subscriptions a browser has here."""
        with self._guard:
            return sum(one.outbox is outbox for one in self._members)

    def leave(self, outbox: Outbox, id: int | None = None) -> bool:
        """Forget one subscription of a browser, or all; whether nobody is left."""
        with self._guard:
            gone = [one for one in self._members if one.outbox is outbox and id in (None, one.id)]
            for one in gone:
                del self._members[one]
            return not self._members

    def show(self, plan: Plan, newcomer: Subscriber) -> None:
        """Tell the whole view of a plan: to the newcomer alone where that will do, else to all who look."""
        with self._held():
            if self._fits(plan):
                self._tell_whole(plan, [newcomer])
            elif self._exchange(self, plan):
                self._tell_whole(plan, self._who(told=None))

    def redraw(self, plan: Callable[[Query], Plan]) -> None:
        """Tell the whole view anew to all who look, but for a store that fails as before.

        plan: makes the plan of a query now. Raises what it raises.
        """
        only_retry, self.stale = not (self.stale or self.view.overtaken), False
        made = plan(self.query)
        with self._held():
            if not (only_retry and self._fails_still()) and self._exchange(self, made):
                self._tell_whole(made, self._who(told=None))

    def offer(self, rows: Batch) -> None:
        """Fold live rows into the view, now or as soon as it is free."""
        entities = self.view.plan.entities
        if mine := {entity: own for entity, own in rows.items() if entity in entities}:
            self._inbox.append(mine)
            self._drain()

    def note_late(self, notice: Late) -> None:
        """Remember a late notice until `follow_late`."""
        if any(entity in self.view.plan.entities for entity in notice.entities):
            self._late.append(notice)

    @property
    def to_be_drawn(self) -> bool:
        """Whether the view is to be drawn anew: it is stale, or the store may answer again."""
        failed = self._error is not None and self._clocks.monotonic_ms() - self._failed_ms >= RETRY_MS
        return self.stale or self.view.overtaken or failed

    def follow_late(self) -> None:
        """Ask the store for the rows of late notices, and tell what came out differently."""
        notices = _all_of(self._late)
        if not notices:
            return
        entities = {entity for notice in notices for entity in notice.entities}
        from_ms, to_ms = min(notice.from_ms for notice in notices), max(notice.to_ms for notice in notices)
        with self._held():
            try:
                change = self.view.refresh(entities, from_ms, to_ms)
            except StoreError as error:
                log.warning("late_rows_unread error=%s", error)
                self.stale = True
            else:
                self._tell(change)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """The lock, and after it the rows that came meanwhile."""
        with self._lock:
            yield
        self._drain()

    def _drain(self) -> None:
        while self._inbox and self._lock.acquire(blocking=False):
            try:
                self._tell(self.view.add(_merged(_all_of(self._inbox))))
            finally:
                self._lock.release()

    def _fits(self, plan: Plan) -> bool:
        """Whether the view can answer a plan made later of its query without a new beginning."""
        view = self.view
        same = view.plan.step_ms == plan.step_ms and view.plan.entities == plan.entities
        return same and not (self.stale or view.overtaken or plan.query.top)

    def _fails_still(self) -> bool:
        """Whether the store fails as it did when the view was told last: that need not be told again."""
        try:
            self.view.whole(self.view.plan)
        except StoreError:
            self._failed_ms = self._clocks.monotonic_ms()
            return True
        return False

    def _tell_whole(self, plan: Plan, subscribers: Sequence[Subscriber]) -> None:
        """Tell all of the view to some; to the others how it differs from what they were told."""
        others, before = len(subscribers) < len(self._members), self._error
        if not others:
            self._late.clear()
        self._tell(self.view.add({entity: self._window.rows(entity) for entity in plan.entities}), but=subscribers)
        lines = self._whole(plan)
        self.stale = self.stale or (others and self._error != before)
        self._tell(self.view.settle(lines), but=subscribers)
        facts = {"now_ms": self._now(plan), "live": self.view.live, "error": self._error}
        for one in subscribers:
            one.outbox.put(messages.view(one.id, plan, lines, self._keys, facts, self._entities.unit))
            self._mark_told(one)

    def _whole(self, plan: Plan) -> list[Line]:
        """All of a view; while the store is down what the window has, and what is wrong."""
        try:
            lines = self.view.whole(plan)
        except StoreError as error:
            self._error = f"the store does not answer: {error}"
            self._failed_ms = self._clocks.monotonic_ms()
            return self.view.whole(plan, stored=False)
        self._error = None
        return lines

    def _tell(self, change: Change | None, but: Sequence[Subscriber] = ()) -> None:
        others = [one for one in self._who(told=True) if one not in but]
        if change is None or not any(change) or not others:
            return
        text = messages.points(change, self._keys, self._now(self.view.plan), self._entities.unit)
        for one in others:
            one.outbox.put(messages.with_id(text, one.id))

    def _who(self, told: bool | None) -> list[Subscriber]:
        """Who looks; told: only those who were, or were not, told the whole view."""
        with self._guard:
            return [one for one, was_told in self._members.items() if told in (None, was_told)]

    def _mark_told(self, one: Subscriber) -> None:
        with self._guard:
            if one in self._members:
                self._members[one] = True

    def _now(self, plan: Plan) -> int:
        return self._clocks.server_now() if plan.host is None else self._clocks.host_now(plan.host)


def _all_of(waiting: deque[T]) -> list[T]:
    """Take all that is there; others may put more meanwhile."""
    found = []
    while waiting:
        found.append(waiting.popleft())
    return found


def _merged(batches: Sequence[Batch]) -> Batch:
    """Several batches as one, in order."""
    rows: dict[str, list[Row]] = {}
    for batch in batches:
        for entity, own in batch.items():
            rows.setdefault(entity, []).extend(own)
    return rows
