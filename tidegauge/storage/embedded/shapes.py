"""Columns of a query as Parts and Coverage. Pure arrays, nothing a row in Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Ints, Parts, Series
from tidegauge.storage.base import Coverage
from tidegauge.storage.embedded.columns import ORIGIN, TIME
from tidegauge.storage.embedded.origins import Origin

T = TypeVar("T")
Columns = dict[str, NDArray[Any]]


def parts_of(columns: Columns, keys: tuple[Series, ...], origins: Sequence[Origin], places: Ints) -> Parts:
    """Parts of a query's columns, not yet merged. `keys` ascend.

    places[o, s]: the index into `keys` of origin o's metric s.
    """
    if "v" in columns:
        columns = _as_parts(columns)
    origin = _place_of(columns[ORIGIN], origins)
    names, incarnation = _distinct(one.incarnation for one in origins)
    starts, start = _distinct(one.entity.start for one in origins)
    keys, series = _used(keys, places[origin, columns["s"]])
    names, incarnation = _used(names, incarnation[origin])
    starts, start = _used(starts, start[origin])
    indexed: Columns = {
        "series": series,
        "incarnation": incarnation,
        "start": start,
        "period_ms": _periods(origins)[origin],
    }
    rest: Columns = {name: np.asarray(columns[name], np.int64) for name in p.INTS if name not in indexed}
    rest |= {name: np.asarray(columns[name], np.float64) for name in p.FLOATS}
    return Parts(keys, names, starts, **indexed, **rest)


def _as_parts(columns: Columns) -> Columns:
    """Rows as parts of one row each."""
    time, value = columns[TIME], columns["v"]
    return columns | {
        **dict.fromkeys(("bucket", "first_ms", "last_ms"), time),
        "count": np.ones(len(time), np.int64),
        **dict.fromkeys(p.FLOATS, value),
    }


def coverage_of(many: Sequence[tuple[Sequence[Origin], Columns]]) -> Coverage:
    """The coverage of several queries' columns, each with the origins that it asked for."""
    origins = [origin for some, _ in many for origin in some]
    if not origins:
        nothing = np.empty(0, np.int64)
        return Coverage((), (), *[nothing] * 9)
    entities, entity = _distinct(one.entity.id for one in origins)
    names, incarnation = _distinct(one.incarnation for one in origins)
    start = _distinct(one.entity.start for one in origins)[1]
    origin = _place_of(_column(many, ORIGIN), origins)
    lines = Coverage(
        entities,
        names,
        entity=entity[origin],
        incarnation=incarnation[origin],
        period_ms=_periods(origins)[origin],
        **{name: _column(many, name) for name in ("bucket", "first_ms", "last_ms", "rows", "late", "received_ms")},
    )
    return _one_a_key(lines, start[origin])


def _column(many: Sequence[tuple[Sequence[Origin], Columns]], name: str) -> Ints:
    return np.concatenate([np.asarray(columns[name], np.int64) for _, columns in many])


def _one_a_key(lines: Coverage, start: Ints) -> Coverage:
    """Lines that share (entity, bucket, incarnation, start) made one, and all in order."""
    by_key = np.lexsort((start, lines.incarnation, lines.bucket, lines.entity))
    keys = [column[by_key] for column in (lines.entity, lines.bucket, lines.incarnation, start)]
    changed = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    begins = np.flatnonzero(np.append(True, changed))
    columns = {
        "entity": keys[0][begins],
        "bucket": keys[1][begins],
        "incarnation": keys[2][begins],
        "first_ms": np.minimum.reduceat(lines.first_ms[by_key], begins),
        **{name: np.maximum.reduceat(getattr(lines, name)[by_key], begins) for name in _GREATEST},
        **{name: np.add.reduceat(getattr(lines, name)[by_key], begins) for name in ("rows", "late")},
    }
    order = np.lexsort((columns["first_ms"], columns["bucket"], columns["entity"]))
    columns = {name: column[order] for name, column in columns.items()}
    entities, columns["entity"] = _used(lines.entities, columns["entity"])
    names, columns["incarnation"] = _used(lines.incarnations, columns["incarnation"])
    return replace(lines, entities=entities, incarnations=names, **columns)


_GREATEST = ("last_ms", "period_ms", "received_ms")


def _periods(origins: Sequence[Origin]) -> Ints:
    return np.array([one.entity.period_ms for one in origins], np.int64)


def _place_of(ids: NDArray[Any], origins: Sequence[Origin]) -> Ints:
    """For each id the place of its origin in `origins`."""
    known = np.array([origin.id for origin in origins], np.int64)
    order = np.argsort(known)
    return np.asarray(order[np.searchsorted(known, np.asarray(ids), sorter=order)])


def _distinct(values: Iterable[str]) -> tuple[tuple[str, ...], Ints]:
    """The distinct values in ascending order, and each value's place among them."""
    values = list(values)
    distinct = tuple(sorted(set(values)))
    place = {value: i for i, value in enumerate(distinct)}
    return distinct, np.array([place[value] for value in values], np.int64)


def _used(table: tuple[T, ...], column: Ints) -> tuple[tuple[T, ...], Ints]:
    """A table less what a column does not name, and the column that names the rest."""
    there = np.zeros(len(table), bool)
    there[column] = True
    return tuple(table[i] for i in np.flatnonzero(there)), (np.cumsum(there) - 1)[column]
