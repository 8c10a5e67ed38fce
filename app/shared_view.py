"""A view and all who look at it: what they are told, in which order, and what waits meanwhile."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Protocol, TypeVar

from app import messages
from app.entities import Entities
from app.outbox import Outbox
from tidegauge.cluster.frames import Late
from tidegauge.cluster.window import RowWindow
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Row
from tidegauge.queries.plan import Plan
from tidegauge.queries.question import Answer
from tidegauge.queries.samples import Samples
from tidegauge.queries.view import Change, View
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

RETRY_MS = 2_000
"""How long a store that failed is left alone."""
REST_RATIO = 4
"""How much longer than it took a view rests before it follows again: late rows come in thousands."""

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

    `_lock` is held while a view changes and the change is told, so that everyone gets whole views
    and changes in the order they were made; never while the store is asked: points go on meanwhile.
    `_asking` is held by who asks the store. The stream's thread waits for neither: rows lie in
    `_inbox` until whoever holds the lock is done. `exchange(shared, plan)` opens a new view of a
    plan; None if nobody looks any more.
    """

    def __init__(
        self,
        query: Query,
        view: View,
        samples: Samples,
        entities: Entities,
        clocks: Clocks,
        window: RowWindow,
        exchange: Callable[[SharedView, Plan], View | None],
    ) -> None:
        self.query = query
        self.view = view
        self.watched: tuple[str, ...] = ()
        """The topics that are read for the view; the board's."""
        self.shown: set[str] = set()
        """Those whose rows it is given: of the view, and of the one that takes its place; the board's."""
        self.stale = False
        """Whether the view is to be drawn anew."""
        self._opening: View | None = None
        """The view that takes the place of `view` when the store has answered; rows are folded into both."""
        self._samples = samples
        self._entities = entities
        self._clocks = clocks
        self._window = window
        self._exchange = exchange
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._inbox: deque[Batch] = deque()
        self._late: deque[Late] = deque()
        self._keys: dict[str, str] = {}
        self._error: str | None = None
        self._failed_ms = 0.0
        self._rests_ms = 0.0
        self._guard = threading.Lock()
        self._members: dict[Subscriber, bool] = {}
        """Who looks, and whether the whole view was told already."""

    def enter(self, subscriber: Subscriber) -> None:
        """Count someone in, to whom the view is to be told yet."""
        with self._guard:
            self._members[subscriber] = False

    def leave(self, subscriber: Subscriber) -> bool:
        """Forget a subscription; whether nobody is left."""
        with self._guard:
            self._members.pop(subscriber, None)
            return not self._members

    def show(self, plan: Plan, newcomer: Subscriber) -> None:
        """Tell the whole view of a plan: to the newcomer alone where that will do, else to all who look."""
        with self._asking:
            if self._fits(plan):
                self._tell_whole(self.view, plan, [newcomer])
            elif opened := self._exchange(self, plan):
                self._tell_whole(opened, plan, None)

    def follow(self, plan: Callable[[Query], Plan]) -> None:
        """What is to be done beside the stream: draw the view anew, or follow late notices. Called often.

        plan: makes the plan of a query now. Does nothing while another asks the store, and for a while after
        that took long. Raises what `plan` raises.
        """
        if not (self._late or self._is_to_be_drawn()):
            return
        began_ms = self._clocks.monotonic_ms()
        if began_ms < self._rests_ms or not self._asking.acquire(blocking=False):
            return
        try:
            if self._is_to_be_drawn():
                self._redraw(plan)
            else:
                self._follow_late()
        finally:
            self._asking.release()
            took_ms = self._clocks.monotonic_ms() - began_ms
            self._rests_ms = began_ms + took_ms + min(REST_RATIO * took_ms, RETRY_MS)

    def offer(self, rows: Batch) -> None:
        """Fold live rows into the view, now or as soon as it is free."""
        if mine := {entity: own for entity, own in rows.items() if self.shows(entity)}:
            self._inbox.append(mine)
            self._drain()

    def shows(self, entity: str) -> bool:
        """Whether an entity is in the view, or in the one that is being opened."""
        opening = self._opening
        return entity in self.view.plan.entities or (opening is not None and entity in opening.plan.entities)

    def note_late(self, notice: Late) -> None:
        """Remember a late notice until `follow`."""
        if self.view.plan.reads(notice.tier) and any(map(self.shows, notice.entities)):
            self._late.append(notice)

    def _is_to_be_drawn(self) -> bool:
        """Whether the view is to be drawn anew: it is stale, or the store may answer again."""
        failed = self._error is not None and self._clocks.monotonic_ms() - self._failed_ms >= RETRY_MS
        return self.stale or self.view.overtaken or failed

    def _redraw(self, plan: Callable[[Query], Plan]) -> None:
        """Tell the whole view anew to all who look, but for a store that fails as before."""
        only_retry, self.stale = not (self.stale or self.view.overtaken), False
        made = plan(self.query)
        if not (only_retry and self._fails_still(made)) and (opened := self._exchange(self, made)):
            self._tell_whole(opened, made, None)

    def _follow_late(self) -> None:
        """Ask for the rows of late notices, and tell what came out differently."""
        notices = _all_of(self._late)
        if not notices:
            return
        entities = {entity for notice in notices for entity in notice.entities}
        span = min(notice.from_ms for notice in notices), max(notice.to_ms for notice in notices)
        with self._held():
            question = self.view.ask_late(entities, *span)
        if question is None:
            return
        try:
            answer = question(self._samples)
        except StoreError as error:
            log.warning("late_rows_unread error=%s", error)
            answer, self.stale = None, True
        with self._held():
            self._tell(self.view.take_late(answer, entities, *span))

    @contextmanager
    def _held(self) -> Iterator[None]:
        """The lock, and after it the rows that came meanwhile."""
        with self._lock:
            yield
        self._drain()

    def _drain(self) -> None:
        while self._inbox and self._lock.acquire(blocking=False):
            try:
                rows = _merged(_all_of(self._inbox))
                if self._opening:
                    self._opening.add(rows)
                self._tell(self.view.add(rows))
            finally:
                self._lock.release()

    def _fits(self, plan: Plan) -> bool:
        """Whether the view can answer a plan made later of its query without a new beginning."""
        view = self.view
        same = view.plan.step_ms == plan.step_ms and view.plan.entities == plan.entities
        return same and not (self.stale or view.overtaken or plan.query.top)

    def _fails_still(self, made: Plan) -> bool:
        """Whether the store fails as it did when the view was told last: that need not be told again."""
        if made.failure:
            self._failed_ms = self._clocks.monotonic_ms()
            return True
        with self._held():
            question = self.view.ask_whole(self.view.plan)
        try:
            question(self._samples)
        except StoreError:
            self._failed_ms = self._clocks.monotonic_ms()
            return True
        finally:
            with self._held():
                self.view.give_up()
        return False

    def _tell_whole(self, view: View, plan: Plan, subscribers: Sequence[Subscriber] | None) -> None:
        """Tell all of a view to some (None: to all); to the others how it differs from what they were told."""
        answer, error = self._ask_whole(view, plan, for_all=subscribers is None)
        with self._held():
            self.view, self._opening = view, None
            lines = view.take_whole(answer)
            told = self._who(told=None) if subscribers is None else subscribers
            others = [one for one in self._who(told=True) if one not in told]
            self._tell(view.settle(lines), but=told)
            self.stale = self.stale or (bool(others) and error != self._error)
            self._error = error
            facts = {"now_ms": self._now(plan), "live": view.live, "source": view.source, "error": error}
            for one in told:
                one.outbox.put(messages.view(one.id, plan, lines, self._keys, facts, self._entities.unit))
                self._mark_told(one)

    def _ask_whole(self, view: View, plan: Plan, *, for_all: bool) -> tuple[Answer | None, str | None]:
        """All of a view from the store; while that is down nothing, and what is wrong."""
        with self._held():
            if for_all:
                self._late.clear()
            if view is not self.view:
                self._opening = view
            change = view.add({entity: self._window.rows(entity) for entity in plan.entities})
            if view is self.view:
                self._tell(change)
            question = view.ask_whole(plan)
        try:
            answer, failure = question(self._samples), plan.failure
        except StoreError as error:
            answer, failure = None, error
        if failure is None:
            return answer, None
        self._failed_ms = self._clocks.monotonic_ms()
        return answer, f"the store does not answer: {failure}"

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
