"""Parts: what stores and windows return (rule 3), one per (series, bucket, incarnation, start).

A part is exact: parts of the same key merge into one whatever order their rows came in. Points are
made of parts by one pure function, `tidegauge.metrics.fold.fold`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics.records import Kind, Row

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Series(NamedTuple):
    """One metric of one entity."""

    entity: str
    metric: str
    kind: Kind


T = TypeVar("T", str, Series)


@dataclass(frozen=True)
class Parts:
    """Parts in columns, all of length n; sorted by (series, bucket, first_ms, incarnation).

    series, incarnation, start: index into `keys`, `incarnations` (ascending, so the greater
    index began later), `starts`. bucket: its first ms; with rows (a step not above the period)
    the row's own time. first_ms, last_ms: times of the first and last row. first, last: their
    values. minimum, maximum, total, count: over all rows. period_ms: the entity's, the greatest.
    A value that a store cannot give (a gauge's `last` in Elasticsearch) is NaN.
    """

    keys: tuple[Series, ...]
    incarnations: tuple[str, ...]
    starts: tuple[str, ...]
    series: Ints
    bucket: Ints
    incarnation: Ints
    start: Ints
    first_ms: Ints
    last_ms: Ints
    period_ms: Ints
    count: Ints
    first: Floats
    last: Floats
    minimum: Floats
    maximum: Floats
    total: Floats

    def __len__(self) -> int:
        return len(self.series)


INTS = ("series", "bucket", "incarnation", "start", "first_ms", "last_ms", "period_ms", "count")
FLOATS = ("first", "last", "minimum", "maximum", "total")


def empty() -> Parts:
    """No parts."""
    columns: dict[str, Any] = {name: np.empty(0, np.int64) for name in INTS}
    columns |= {name: np.empty(0, np.float64) for name in FLOATS}
    return Parts((), (), (), **columns)


def bucket_of(time_ms: int, step_ms: int) -> int:
    """The bucket a time falls in; step 0 means rows, each its own bucket."""
    return time_ms if step_ms == 0 else time_ms - time_ms % step_ms


def of_rows(rows: Iterable[Row], series: Sequence[Series], step_ms: int) -> Parts:
    """The parts of a few rows, for those of `series` that they hold.

    Rows of one (entity, incarnation, time) must come once: a window sees to that.
    """
    wanted: dict[str, list[Series]] = {}
    for key in series:
        wanted.setdefault(key.entity, []).append(key)
    found = [
        (key, row, row.values[key.metric])
        for row in rows
        for key in wanted.get(row.entity.id, ())
        if key.metric in row.values
    ]
    if not found:
        return empty()
    time = np.array([row.time_ms for _, row, _ in found], np.int64)
    value = np.array([value for _, _, value in found], np.float64)
    columns: dict[str, object] = {
        "bucket": time if step_ms == 0 else time - time % step_ms,
        "first_ms": time,
        "last_ms": time,
        "period_ms": np.array([row.entity.period_ms for _, row, _ in found], np.int64),
        "count": np.ones(len(found), np.int64),
        **dict.fromkeys(FLOATS, value),
    }
    return assemble(
        [key for key, _, _ in found],
        [row.incarnation for _, row, _ in found],
        [row.entity.start for _, row, _ in found],
        columns,
    )


def assemble(
    series: Sequence[Series],
    incarnations: Sequence[str],
    starts: Sequence[str],
    columns: dict[str, object],
) -> Parts:
    """Parts from one key, incarnation and start a part and the other columns as arrays.

    Parts that share a key are merged.
    """
    keys, series_index = _index(series)
    names, incarnation_index = _index(incarnations)
    lives, start_index = _index(starts)
    raw = Parts(
        keys,
        names,
        lives,
        series=series_index,
        incarnation=incarnation_index,
        start=start_index,
        **{name: np.asarray(column) for name, column in columns.items()},
    )
    return merged(raw)


def _index(values: Sequence[T]) -> tuple[tuple[T, ...], Ints]:
    """The distinct values in ascending order, and each value's place among them."""
    distinct = tuple(sorted(set(values)))
    place = {value: i for i, value in enumerate(distinct)}
    return distinct, np.fromiter((place[value] for value in values), np.int64, len(values))


def concat(many: Sequence[Parts]) -> Parts:
    """All parts of several, those that share a key merged: a store's and a window's, say.

    No row may have gone into two of them.
    """
    many = [parts for parts in many if len(parts)]
    if not many:
        return empty()
    return merged(_joined(many))


def together(many: Sequence[Parts]) -> Parts:
    """`concat` of parts each of which is merged and sorted, as stores return them: one alone stays as it is."""
    filled = [parts for parts in many if len(parts)]
    return filled[0] if len(filled) == 1 else concat(filled)


def _joined(many: Sequence[Parts]) -> Parts:
    """One after another over common tables of keys, incarnations and starts; unsorted."""
    columns = {name: np.concatenate([getattr(parts, name) for parts in many]) for name in INTS + FLOATS}
    keys, columns["series"] = _common([(parts.keys, parts.series) for parts in many])
    names, columns["incarnation"] = _common([(parts.incarnations, parts.incarnation) for parts in many])
    lives, columns["start"] = _common([(parts.starts, parts.start) for parts in many])
    return Parts(keys, names, lives, **columns)


def _common(many: Sequence[tuple[tuple[T, ...], Ints]]) -> tuple[tuple[T, ...], Ints]:
    """One table for several, ascending, and the places of all in it."""
    tables = [table for table, _ in many]
    if all(table == tables[0] for table in tables):
        return tables[0], np.concatenate([places for _, places in many])
    common = tuple(sorted({value for table in tables for value in table}))
    place = {value: i for i, value in enumerate(common)}
    moved = [np.array([place[value] for value in table], np.int64)[places] for table, places in many]
    return common, np.concatenate(moved)


def take(parts: Parts, which: NDArray[np.bool_] | Ints) -> Parts:
    """Some of the parts, by mask or by places; order is the caller's to keep."""
    return replace(parts, **{name: getattr(parts, name)[which] for name in INTS + FLOATS})


def by_entity(parts: Parts) -> dict[str, Parts]:
    """The parts of each entity apart, over tables that hold no other's keys."""
    entities = sorted({key.entity for key in parts.keys})
    place = {entity: i for i, entity in enumerate(entities)}
    owner = np.array([place[key.entity] for key in parts.keys], np.int64)[parts.series]
    order = np.argsort(owner, kind="stable")
    begins = np.searchsorted(owner[order], np.arange(len(entities) + 1))
    found = {entity: order[begins[i] : begins[i + 1]] for i, entity in enumerate(entities)}
    return {entity: _narrowed(take(parts, which)) for entity, which in found.items() if len(which)}


def _narrowed(parts: Parts) -> Parts:
    """The same parts over tables of what they use."""
    keys, series = np.unique(parts.series, return_inverse=True)
    names, incarnation = np.unique(parts.incarnation, return_inverse=True)
    lives, start = np.unique(parts.start, return_inverse=True)
    return replace(
        parts,
        keys=tuple(parts.keys[i] for i in keys),
        incarnations=tuple(parts.incarnations[i] for i in names),
        starts=tuple(parts.starts[i] for i in lives),
        series=series,
        incarnation=incarnation,
        start=start,
    )


def merged(parts: Parts) -> Parts:
    """Sorted, with one part a key."""
    if len(parts) == 0:
        return parts
    by_key = np.lexsort((parts.first_ms, parts.start, parts.incarnation, parts.bucket, parts.series))
    parts = take(parts, by_key)
    begins = _group_begins(parts.series, parts.bucket, parts.incarnation, parts.start)
    if len(begins) < len(parts):
        parts = _merge_groups(parts, begins)
    if len(parts.incarnations) == len(parts.starts) == 1:
        return parts  # within a bucket they stand by first_ms already
    order = np.lexsort((parts.incarnation, parts.first_ms, parts.bucket, parts.series))
    return take(parts, order)


def _group_begins(*columns: Ints) -> Ints:
    """Where a run of equal keys begins in sorted columns."""
    changed = np.ones(len(columns[0]), bool)
    changed[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.flatnonzero(changed)


def _merge_groups(parts: Parts, begins: Ints) -> Parts:
    """One part for each run of `parts` (sorted by key, then first_ms) that begins at `begins`."""
    group = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(parts))))
    latest = np.lexsort((parts.last_ms, group))[np.append(begins[1:], len(parts)) - 1]
    one = take(parts, begins)
    return replace(
        one,
        last_ms=parts.last_ms[latest],
        last=parts.last[latest],
        period_ms=np.maximum.reduceat(parts.period_ms, begins),
        count=np.add.reduceat(parts.count, begins),
        total=np.add.reduceat(parts.total, begins),
        minimum=np.fmin.reduceat(parts.minimum, begins),
        maximum=np.fmax.reduceat(parts.maximum, begins),
    )


def equal(a: Parts, b: Parts) -> bool:
    """Whether two hold the same parts, NaN equal to NaN."""
    return all(
        np.array_equal(x, y, equal_nan=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x == y
        for x, y in ((getattr(a, f.name), getattr(b, f.name)) for f in fields(Parts))
    )


def union(a: Parts, b: Parts) -> Parts:
    """The parts of both; of two with one key `a`'s stays: for rows that may stand in both."""
    if not (len(a) and len(b)):
        return a if len(a) else b
    both = _joined((a, b))
    key = (both.start, both.incarnation, both.bucket, both.series)
    order = np.lexsort((np.arange(len(both)), *key))
    once = order[_group_begins(*(column[order] for column in key))]
    key = (both.incarnation[once], both.first_ms[once], both.bucket[once], both.series[once])
    return take(both, once[np.lexsort(key)])


def rebucket(parts: Parts, step_ms: int) -> Parts:
    """Rows (step 0) put into buckets of a step."""
    if step_ms == 0 or len(parts) == 0:
        return parts
    return merged(replace(parts, bucket=parts.first_ms - parts.first_ms % step_ms))
