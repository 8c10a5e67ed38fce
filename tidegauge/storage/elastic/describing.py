"""Who has rows in one index, and how the last of them describes each: entities are found in its dictionary of
terms, which costs nothing a row, and their rows from the end of its time backwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from tidegauge.metrics.records import Entity
from tidegauge.metrics.steps import DAY, MINUTE, SECOND
from tidegauge.storage.base import EntityInfo, StoreUnavailableError
from tidegauge.storage.elastic import bodies
from tidegauge.storage.elastic.bodies import Order
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import Index
from tidegauge.storage.elastic.search import Search, ask
from tidegauge.storage.elastic.slices import PAGE, Slice, by_entities

AT_ONCE = 5_000
"""Entities of one answer."""
SEARCHED = 2_000_000
"""Rows that one search may look through, where it may choose."""
AT_LEAST = 3_600
"""Rows of each entity."""

OWN = frozenset({"@timestamp", "entity", "incarnation", "last", "metrics", "period_ms", "received", "rows"})
"""Fields of a row that are no attributes of its entity."""


Infos = dict[str, EntityInfo]
"""By id."""


def look(connection: Connection, index: Index, known: Infos, since_ms: int) -> Infos:
    """The entities of an index now, where `known` is what an earlier look found. Raises StoreError.

    1. Who is there.
    2. Their latest rows of `since_ms` or later.
    3. The latest row of each who is not known yet, wherever it lies.
    4. Of an index of a month its first row too: a day is the precision.
    """
    ids = tuple(names(connection, index.name))
    found = {name: known[name] for name in ids if name in known}
    if not ids:
        return found
    since_ms = max(index.start_ms, min(since_ms, index.end_ms))
    for row in rows(connection, index, Slice(ids if len(ids) > AT_ONCE else (), since_ms, index.end_ms), "desc"):
        found[row.entity.id] = _with(found.get(row.entity.id), row)
    new = tuple(name for name in ids if name not in found)
    for row in walk(connection, index, Slice(new, index.start_ms, since_ms), "desc"):
        found[row.entity.id] = row
    if not is_day(index):
        new = tuple(name for name in ids if name in found and name not in known)
        for row in walk(connection, index, Slice(new, index.start_ms, index.end_ms), "asc"):
            found[row.entity.id] = found[row.entity.id]._replace(first_ms=row.first_ms)
    return found


def _with(known: EntityInfo | None, row: EntityInfo) -> EntityInfo:
    """An entity of which there is a later row."""
    if known is None:
        return row
    return row._replace(first_ms=known.first_ms, last_ms=max(known.last_ms, row.last_ms))


def names(connection: Connection, index: str) -> list[str]:
    """The ids of all entities that have rows in an index, in order; none if it is gone. Raises StoreError."""
    found: list[str] = []
    body: dict[str, Any] = {"field": "entity.id", "size": PAGE}
    while True:
        status, answer = connection.call("POST", f"/{index}/_terms_enum", body=body, allow=(404,))
        if status == 404:
            return found
        if not answer["complete"]:
            raise StoreUnavailableError(f"Elasticsearch did not name all entities of {index}", "its own log says why")
        found += answer["terms"]
        if len(answer["terms"]) < PAGE:
            return found
        body["search_after"] = found[-1]


def rows(connection: Connection, index: Index, within: Slice, order: Order) -> Iterator[EntityInfo]:
    """The last (desc) or first (asc) row in a range of each entity that has any there. Raises StoreError.

    No entities: of all, of which there must not be more than `PAGE`.
    """
    some = by_entities(within, AT_ONCE) or [within]
    searches = {i: Search([index.name], bodies.latest(one, PAGE, order)) for i, one in enumerate(some)}
    for _, answer in ask(connection, searches):
        for hit in answer.get("hits", {}).get("hits", ()):
            yield _info(hit, index)


def walk(connection: Connection, index: Index, within: Slice, order: Order) -> Iterator[EntityInfo]:
    """The same of a wide range, piece by piece from its one end on until each entity is found. Raises StoreError.

    A piece is the wider the fewer are looked for.
    """
    row_ms = SECOND if is_day(index) else MINUTE
    missing, start_ms, end_ms = set(within.entities), within.start_ms, within.end_ms
    while missing and start_ms < end_ms:
        width = row_ms * max(AT_LEAST, SEARCHED // len(missing))
        if order == "desc":
            piece = Slice(tuple(sorted(missing)), max(start_ms, end_ms - width), end_ms)
            end_ms = piece.start_ms
        else:
            piece = Slice(tuple(sorted(missing)), start_ms, min(end_ms, start_ms + width))
            start_ms = piece.end_ms
        for row in rows(connection, index, piece, order):
            missing.discard(row.entity.id)
            yield row


def _info(hit: dict[str, Any], index: Index) -> EntityInfo:
    """What a row says. Of an index of a day the day's begin is precise enough; a minute row is as long as that."""
    fields = dict(_flat("", hit["_source"]))
    attributes = {sys.intern(name): sys.intern(text) for name, text in fields.items() if _describes(name)}
    name, kind, start = (fields[f"entity.{own}"] for own in ("id", "kind", "start"))
    entity = Entity(name, kind, start, fields["period_ms"], attributes)
    time_ms = hit["sort"][0]
    span = (index.start_ms, time_ms) if is_day(index) else (time_ms, time_ms + MINUTE)
    return EntityInfo(entity, fields["host.id"], fields["incarnation"], *span)


def is_day(index: Index) -> bool:
    """Whether its rows are those of a day; else they are minute rows."""
    return index.end_ms - index.start_ms <= DAY


def _describes(name: str) -> bool:
    """Whether a field is an attribute of the entity."""
    return name.partition(".")[0] not in OWN


def _flat(path: str, fields: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Fields by their whole names: in a source they may be nested, or not, as they please."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _flat(f"{path}{name}.", value)
        else:
            yield path + name, value
