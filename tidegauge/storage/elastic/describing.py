"""Who has rows in one index, and how the last of them describes each: entities are found in its dictionary of
terms, which costs nothing a row, and their rows from the end of its time backwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from tidegauge.metrics.records import Entity
from tidegauge.metrics.steps import DAY, MINUTE, SECOND
from tidegauge.storage.base import EntityInfo, StoreUnavailableError, Tier
from tidegauge.storage.elastic import answers, bodies
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.paging import Paging, Question
from tidegauge.storage.elastic.search import Search, ask
from tidegauge.storage.elastic.slices import PAGE, Slice, by_entities

WIDER = 8
"""How much wider the next piece of time is that is looked through."""
AT_LEAST = 1_200
"""Rows of each entity in a piece, however many entities there are."""
SEEN = 50_000
"""Entities with new rows that are told at once; a cluster gives 65,536 buckets at most."""
TOGETHER = 2
"""Answers at once: a row that is described costs a cluster a tenth of a millisecond, and more."""

OWN = frozenset({"@timestamp", "entity", "incarnation", "last", "metrics", "period_ms", "received", "rows"})
"""Fields of a row that are no attributes of its entity."""


class Effort(NamedTuple):
    """How much is asked at once. named, described: entities of an answer. by_turns: entities described again at
    each look. first: rows of each entity in the first piece of time that is looked through; searched: rows in
    any piece, as long as that is more than `AT_LEAST` of each entity."""

    named: int = PAGE
    described: int = 2_000
    by_turns: int = 250
    first: int = 240
    searched: int = 2_000_000


EFFORT = Effort()
"""What is good for a fleet of any size."""


class Place(NamedTuple):
    """Rows of the index of a name with times in [start_ms, end_ms): a whole day of raw rows, or days of minute rows."""

    name: str
    start_ms: int
    end_ms: int
    tier: Tier


class Known(NamedTuple):
    """The entities of a place as looks found them, by id, and those of its index that have no rows in it.

    The order is that in which they were described: the first is to be the next.
    """

    infos: dict[str, EntityInfo]
    absent: frozenset[str] = frozenset()


def look(connection: Connection, place: Place, known: Known, since_ms: int, effort: Effort = EFFORT) -> Known:
    """The entities of a place now, where `known` is what an earlier look found. Raises StoreError.

    1. Who is in the index.
    2. The latest rows since `since_ms` of those who are new or began anew; of raw rows also those of some others,
       by turns: only a row itself tells that an attribute has changed.
    3. The latest row of each who is still not known, further and further back.
    """
    ids = names(connection, place.name, effort.named)
    there = set(ids)
    found = {name: info for name, info in known.infos.items() if name in there}
    missing = there - found.keys() - known.absent
    since_ms = max(place.start_ms, min(since_ms, place.end_ms))
    due = missing | (_due(connection, place, found, since_ms, effort) if place.tier == "raw" else set())
    if due:
        is_everybody = len(due) == len(ids) <= effort.described
        recent = Slice(() if is_everybody else tuple(sorted(due)), since_ms, place.end_ms)
        for row in rows(connection, place, recent, effort):
            found.pop(row.entity.id, None)
            found[row.entity.id] = row
    missing -= found.keys()
    for row in _backwards(connection, place, missing, since_ms, effort):
        found[row.entity.id] = row
    return Known(found, frozenset(there - found.keys()))


def _due(connection: Connection, place: Place, found: dict[str, EntityInfo], since_ms: int, effort: Effort) -> set[str]:
    """Who of those found has rows since a time and is to be described: all who began anew, and some by turns.

    Of the others the time of the latest row is noted.
    """
    if not found:
        return set()
    anew, seen = set(), set()
    question = Question(0, Slice((), since_ms, place.end_ms), DAY, "raw", (), SEEN)
    for _, buckets in Paging(connection, SEEN).buckets([question]):
        lines = answers.lines(buckets, "raw")
        for name, incarnation, start, last_ms in zip(*lines[:3], lines.last_ms.tolist(), strict=True):
            if (info := found.get(name)) is None or last_ms <= info.last_ms:
                continue
            seen.add(name)
            found[name] = info._replace(last_ms=last_ms)
            if (info.incarnation, info.entity.start) != (incarnation, start):
                anew.add(name)
    return anew.union(islice((name for name in found if name in seen), effort.by_turns))


def names(connection: Connection, index: str, most: int = PAGE) -> list[str]:
    """The ids of all entities that have rows in an index, in order; none if it is gone. Raises StoreError."""
    found: list[str] = []
    body: dict[str, Any] = {"field": "entity.id", "size": most}
    while True:
        status, answer = connection.call("POST", f"/{index}/_terms_enum", body=body, allow=(404,))
        if status == 404:
            return found
        if not answer["complete"]:
            raise StoreUnavailableError(f"Elasticsearch did not name all entities of {index}", "its own log says why")
        found += answer["terms"]
        if len(answer["terms"]) < most:
            return found
        body["search_after"] = found[-1]


def rows(connection: Connection, place: Place, within: Slice, effort: Effort) -> Iterator[EntityInfo]:
    """The latest row in a range of each entity that has any there. Raises StoreError.

    No entities: of all, of which there must not be more than `PAGE`.
    """
    some = by_entities(within, effort.described) or [within]
    searches = {i: Search([place.name], bodies.latest(one, PAGE)) for i, one in enumerate(some)}
    for _, answer in ask(connection, searches, TOGETHER):
        for hit in answer.hits["hits"]:
            yield _info(hit, place)


def _backwards(
    connection: Connection, place: Place, missing: set[str], before_ms: int, effort: Effort
) -> Iterator[EntityInfo]:
    """The latest row before a time of each who is missing, piece by piece; who is found is no longer missing."""
    row_ms = SECOND if place.tier == "raw" else MINUTE
    rows_each = effort.first
    while missing and before_ms > place.start_ms:
        width_ms = row_ms * min(rows_each, max(AT_LEAST, effort.searched // len(missing)))
        piece = Slice(tuple(sorted(missing)), max(place.start_ms, before_ms - width_ms), before_ms)
        for row in rows(connection, place, piece, effort):
            missing.discard(row.entity.id)
            yield row
        rows_each *= WIDER
        before_ms = piece.start_ms


def _info(hit: dict[str, Any], place: Place) -> EntityInfo:
    """What a row says. Days are the precision of its first time; a minute row ends with its last sample."""
    fields = dict(_flat("", hit["_source"]))
    attributes = {sys.intern(name): sys.intern(text) for name, text in fields.items() if _describes(name)}
    name, kind, start = (fields[f"entity.{own}"] for own in ("id", "kind", "start"))
    entity = Entity(name, kind, start, fields["period_ms"], attributes)
    last_ms = hit["sort"][0] if place.tier == "raw" else int(fields["last"])
    return EntityInfo(entity, fields["host.id"], fields["incarnation"], place.start_ms, last_ms)


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
