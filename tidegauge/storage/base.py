"""What every store promises; the contract suite holds each backend to it.

Thread safety: every method may be called from any thread at once. Ownership: what is passed in is
only read, what is returned is the caller's. Errors: `StoreError` and its kinds, nothing of a vendor's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.parts import Ints, Parts, Series
from tidegauge.metrics.records import Description, Entity, Event, Record
from tidegauge.metrics.wire import Outcome

Tier = Literal["raw", "minute"]
"""Which rows are read: those of every tick, or the minute rows that collectors make of them (rule 13)."""


class StoreError(Exception):
    """A store could not do it. permanent: trying again cannot help. hint: what a person can do."""

    def __init__(self, message: str, *, permanent: bool, hint: str = "") -> None:
        super().__init__(message)
        self.permanent = permanent
        self.hint = hint


class StoreUnavailableError(StoreError):
    """The store is not there now; trying again later can help."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, permanent=False, hint=hint)


class ConflictError(StoreError):
    """A document is not at the version that was expected."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class Arrival(NamedTuple):
    """A record to append. Rows older than `late_before_ms` (sender's clock) are late: they are
    kept with `received_ms` (server's clock)."""

    record: Record
    received_ms: int
    late_before_ms: int


class EntityInfo(NamedTuple):
    """An entity as its latest row describes it. first_ms, last_ms: its rows within what was asked,
    to the precision of a day file or better; they may be wider, never narrower."""

    entity: Entity
    host: str
    incarnation: str
    first_ms: int
    last_ms: int


class StoredEvent(NamedTuple):
    """An event and the host whose collector sent it; `id` is its hash (rule 12)."""

    id: str
    host: str
    event: Event


@dataclass(frozen=True)
class Coverage:
    """Which rows there are, whatever they hold: one line per (entity, bucket, incarnation, start).

    Columns of length n, sorted by (entity, bucket, first_ms). entity and incarnation index into
    `entities` and `incarnations` (ascending). rows: how many; late: how many of them have
    `received`; received_ms: the greatest of those, 0 if none. period_ms: the greatest.
    """

    entities: tuple[str, ...]
    incarnations: tuple[str, ...]
    entity: Ints
    bucket: Ints
    incarnation: Ints
    first_ms: Ints
    last_ms: Ints
    period_ms: Ints
    rows: Ints
    late: Ints
    received_ms: Ints

    def __len__(self) -> int:
        return len(self.entity)

    def of(self, entity: str) -> NDArray[np.bool_]:
        """A mask of the lines of one entity."""
        known = self.entities.index(entity) if entity in self.entities else -1
        return np.asarray(self.entity == known)


class Health(NamedTuple):
    """ok: appends and queries can work. detail: a sentence. bytes: on disk. samples: stored, if known."""

    ok: bool
    detail: str
    bytes: int
    samples: int | None


class Reads(Protocol):
    """The reading half of a store: all that a query needs."""

    def parts(
        self,
        series: Sequence[Series],
        start_ms: int,
        end_ms: int,
        step_ms: int,
        *,
        tier: Tier = "raw",
        ends: bool = False,
    ) -> Parts:
        """The parts of some series from rows in [start_ms, end_ms). step_ms 0: rows as they are.

        Bucket edges lie on multiples of the step; the range need not. Series without rows are
        left out. tier "minute": from minute rows, by the time of their first raw row; the step is a
        multiple of a minute. A gauge's first and last may be NaN, and a counter's total, unless `ends`
        asks for the former: that costs more. Raises StoreError, also where an answer is not complete.
        """
        ...

    def coverage(self, entities: Sequence[str], start_ms: int, end_ms: int, step_ms: int) -> Coverage:
        """Which rows of some entities there are in [start_ms, end_ms). Raises StoreError."""
        ...

    def entities(self, start_ms: int, end_ms: int) -> list[EntityInfo]:
        """Every entity that has rows in [start_ms, end_ms), once, as its latest row describes it.

        Days are the precision: an entity with rows in a touched UTC day may be listed too.
        """
        ...

    def events(self, start_ms: int, end_ms: int, hosts: Sequence[str] | None = None) -> list[StoredEvent]:
        """Events with time in [start_ms, end_ms) by time; of some hosts, or of all (None)."""
        ...

    def metrics(self) -> list[Description]:
        """Every metric that was ever described or stored; the latest description of each name."""
        ...


class Store(Reads, Protocol):
    """Samples and events.

    Durability: what `append` answers as stored or duplicate survives kill -9 and, as far as the
    vendor syncs, power loss. Exactly once: a key (entity, incarnation, time) is kept once, the
    first write wins, whoever sends it again from whichever thread; events by their id.
    Visibility: what was answered is seen by every call that begins `refresh_ms` later.
    """

    writers: int
    """How many appends at once are worth while."""

    refresh_ms: int
    """How long an answered row may stay unseen by queries."""

    commit_ms: int
    """How long a commit usually takes at most."""

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Keep records; one outcome each, in order. They are well formed (`tidegauge.metrics.limits`).

        Minute rows have keys of their own: (entity, incarnation, time of the first raw row).
        stored: all of it, at least one row or event new. duplicate: nothing was new. partial: some
        rows are refused for good (items). refused: all are. retry: not kept, may be later.
        Rows past retention are refused ("retention"): raw rows by the days of raw rows, minute rows and
        events by those of summaries. Raises StoreError if nothing was kept.
        """
        ...

    def last_incarnation(self, host: str) -> str | None:
        """The greatest incarnation of a host's collector that has rows or events here."""
        ...

    def retain(self, now_ms: int) -> list[str]:
        """Give up what is past retention, and do the backend's upkeep; the names of what went (days, indices).

        To be called about once a minute, from a thread of its own: it may take seconds, while appends
        and queries go on. Raises StoreError.
        """
        ...

    def health(self) -> Health:
        """How the store is; never raises."""
        ...

    def close(self) -> None:
        """Finish what is under way and let go; later calls raise StoreUnavailableError."""
        ...


class Document(NamedTuple):
    """A small record: its id within a collection, the version to expect, and its JSON body."""

    id: str
    version: int
    body: bytes


class Documents(Protocol):
    """Small records: preferences, users, revocations, nodes, metric descriptions.

    Thread-safe, durable when a call returns, and read-your-writes by id.
    """

    def get(self, collection: str, id: str) -> Document | None:
        """A document, or None."""
        ...

    def put(self, collection: str, id: str, body: bytes, expected: int | None = None) -> int:
        """Write a document; its new version. expected: the version it must be at (0: not there),
        None: whatever is there is replaced. Raises ConflictError."""
        ...

    def delete(self, collection: str, id: str) -> bool:
        """Remove a document; whether there was one."""
        ...

    def list(self, collection: str) -> list[Document]:
        """All documents of a collection by id."""
        ...

    def close(self) -> None:
        """Let go."""
        ...
