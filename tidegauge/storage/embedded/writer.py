"""Append: records into hot tables, each key once, durable when it returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import duckdb
import numpy as np

from tidegauge.metrics.parts import Ints
from tidegauge.metrics.records import Description, count_rows, every_block
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Outcome, Settled
from tidegauge.storage.base import Arrival, Tier
from tidegauge.storage.embedded import batch, events, inserts
from tidegauge.storage.embedded.batch import Mask, Rows
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.columns import ORIGIN, TIME
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.events import NewEvent
from tidegauge.storage.embedded.retention import Retention
from tidegauge.storage.embedded.sources import Hot
from tidegauge.storage.embedded.tiers import TIERS, tier_of

EXPIRED = "retention"


class _Fate(NamedTuple):
    """What becomes of a batch. rows, events: what is new. owners: the record of each block. expired:
    items by record."""

    rows: list[Rows]
    owners: Ints
    events: list[NewEvent]
    expired: dict[int, list[str]]


class Writer:
    """The one writer of a store; its caller may be any thread, one at a time gets in."""

    def __init__(self, database: Database, catalog: Catalog, retention: Retention, floor_mb: int) -> None:
        self._database = database
        self._catalog = catalog
        self._retention = retention
        self._floor_mb = floor_mb

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """What `Store.append` promises.

        1. Rows as columns. 2. Less those past retention. 3. Less those whose key is stored, or is
        earlier in the batch. 4. One transaction for all. 5. Only then is memory told.
        """
        self._catalog.folder.check_floor(self._floor_mb)
        with self._catalog.writing:
            rows, owners = batch.flatten(arrivals, self._catalog.origins.place)
            fate = self._judge(arrivals, rows, owners)
            described = self._described(arrivals, rows)
            if fate.rows or fate.events or described:
                self._commit(arrivals, fate, described)
        return _outcomes(arrivals, fate)

    def _judge(self, arrivals: Sequence[Arrival], kinds: list[Rows], owners: Ints) -> _Fate:
        ends = [self._retention.ends(arrival.received_ms) for arrival in arrivals]
        oldest: dict[Tier, Ints] = {tier: np.array([end[tier] for end in ends], np.int64) for tier in TIERS}
        expired: dict[int, list[str]] = {}
        kept = [self._unexpired(rows, oldest[tier_of(rows.kind)], owners, expired) for rows in kinds]
        with self._database.cursor("looking for resends") as cursor:
            kept = [self._unseen(cursor, rows) for rows in _first_of_key(kept)]
            happened = _unexpired_events(events.gather(arrivals), oldest["minute"], expired)
            return _Fate([rows for rows in kept if len(rows)], owners, events.unseen(cursor, happened), expired)

    def _unexpired(self, rows: Rows, oldest: Ints, owners: Ints, expired: dict[int, list[str]]) -> Rows:
        arrival = owners[rows.block]
        late = rows.time < oldest[arrival]
        if not late.any():
            return rows
        lanes, times, owner = (column[late].tolist() for column in (rows.lane, rows.time, arrival))
        names = {lane: self._catalog.origins.in_lanes([lane])[0].entity.id for lane in set(lanes)}
        for lane, time, index in zip(lanes, times, owner, strict=True):
            expired.setdefault(index, []).append(f"{names[lane]}@{time}: {EXPIRED}")
        return batch.take(rows, ~late)

    def _unseen(self, cursor: duckdb.DuckDBPyConnection, rows: Rows) -> Rows:
        """The rows whose key is not stored. Those newer than all of their lane need no look."""
        old = rows.time <= self._catalog.origins.newest(rows.lane)
        if not old.any():
            return rows
        stored = self._stored(cursor, rows.lane[old], rows.time[old])
        keys = zip(rows.lane[old].tolist(), rows.time[old].tolist(), strict=True)
        fresh = ~old
        fresh[old] = [key not in stored for key in keys]
        return batch.take(rows, fresh)

    def _stored(self, cursor: duckdb.DuckDBPyConnection, lanes: Ints, times: Ints) -> set[tuple[int, int]]:
        """The keys (lane, time) that are stored among those of some lanes and a span of time."""
        by_kind: dict[str, dict[int, int]] = {}
        for origin in self._catalog.origins.in_lanes(np.unique(lanes).tolist()):
            by_kind.setdefault(origin.kind, {})[origin.id] = origin.lane
        found: set[tuple[int, int]] = set()
        for kind, lane_of in by_kind.items():
            sql = self._catalog.sources.select_rows(kind, lane_of, int(times.min()), int(times.max()) + 1)
            if sql is not None:
                lines = cursor.execute(f"SELECT {ORIGIN}, {TIME} FROM ({sql})").fetchnumpy()
                found.update(zip(map(lane_of.__getitem__, lines[ORIGIN].tolist()), lines[TIME].tolist(), strict=True))
        return found

    def _described(self, arrivals: Sequence[Arrival], kinds: list[Rows]) -> dict[str, Description]:
        """Descriptions that are new: those sent, and bare ones of metrics that nobody has described."""
        known = self._catalog.described
        sent = {d.name: d for arrival in arrivals for d in arrival.record.metrics}
        names = {metric for rows in kinds if tier_of(rows.kind) == "raw" for metric in rows.metrics}
        names |= {c.name for arrival in arrivals for block in arrival.record.minutes for c in block.columns}
        if not names <= known.keys():
            columns = [c for arrival in arrivals for block in every_block(arrival.record) for c in block.columns]
            bare = {c.name: Description(c.name, c.kind, "", "") for c in columns}
            sent = {name: d for name, d in bare.items() if name not in known} | sent
        return {name: d for name, d in sent.items() if known.get(name) != d}

    def _commit(self, arrivals: Sequence[Arrival], fate: _Fate, described: dict[str, Description]) -> None:
        tables = [self._table_for(rows) for rows in fate.rows]
        unsaved = self._catalog.origins.unsaved
        with self._database.transaction("appending") as cursor:
            inserts.origins(cursor, unsaved)
            for hot, rows in zip(tables, fate.rows, strict=True):
                inserts.rows(cursor, hot, rows, arrivals, fate.owners[rows.block])
            inserts.events(cursor, fate.events)
            inserts.metrics(cursor, described.values())
        unsaved.clear()
        for hot, rows in zip(tables, fate.rows, strict=True):
            self._tell(hot, rows)
        self._catalog.described.update(described)
        known = self._catalog.incarnations
        for new in fate.events:
            known[new.host] = max(known.get(new.host, ""), new.incarnation)

    def _table_for(self, rows: Rows) -> Hot:
        hot = self._catalog.sources.active(rows.kind)
        if hot is None:
            return self._catalog.create_hot(self._database, rows.kind, rows.metrics)
        missing = set(rows.metrics) - hot.metrics
        return self._catalog.add_columns(self._database, hot, missing) if missing else hot

    def _tell(self, hot: Hot, rows: Rows) -> None:
        self._catalog.origins.saw(*batch.spans(rows))
        days, counts = np.unique(rows.time // DAY, return_counts=True)
        self._catalog.filled[hot.id].update(Counter(dict(zip(days.tolist(), counts.tolist(), strict=True))))
        self._catalog.samples[hot.id] += int(np.count_nonzero(~np.isnan(rows.values)))


def _first_of_key(kinds: list[Rows]) -> list[Rows]:
    """Each key once over all kinds: the first."""
    kinds = [rows for rows in kinds if len(rows)]
    if not kinds:
        return []
    lane, time = (np.concatenate([getattr(rows, column) for rows in kinds]) for column in ("lane", "time"))
    first: Mask = batch.firsts(lane, time)
    if first.all():
        return kinds
    pieces = np.split(first, np.cumsum([len(rows) for rows in kinds])[:-1])
    return [batch.take(rows, piece) for rows, piece in zip(kinds, pieces, strict=True)]


def _unexpired_events(found: list[NewEvent], oldest: Ints, expired: dict[int, list[str]]) -> list[NewEvent]:
    kept = []
    for new in found:
        if new.event.time_ns // 1_000_000 >= oldest[new.arrival]:
            kept.append(new)
        else:
            item = f"{new.event.entity}@{new.event.time_ns // 1_000_000}: {EXPIRED}"
            expired.setdefault(new.arrival, []).append(item)
    return kept


def _outcomes(arrivals: Sequence[Arrival], fate: _Fate) -> list[Outcome]:
    new = Counter(event.arrival for event in fate.events)
    for rows in fate.rows:
        new.update(fate.owners[rows.block].tolist())
    return [_outcome(arrival, new[index], fate.expired.get(index, [])) for index, arrival in enumerate(arrivals)]


def _outcome(arrival: Arrival, new: int, expired: list[str]) -> Outcome:
    record = arrival.record
    outcome: Settled = "stored" if new else "duplicate"
    if not expired:
        return Outcome(record.incarnation, record.seq, outcome)
    if len(expired) == count_rows(record) + len(record.events):
        return Outcome(record.incarnation, record.seq, "refused", EXPIRED)
    return Outcome(record.incarnation, record.seq, "partial", EXPIRED, expired)
