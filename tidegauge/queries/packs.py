"""Parts of one series as tiles keep them, many times over: two arrays and two tables that are shared. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import FLOATS, INTS, Floats, Ints, Parts, Series

PACKED = INTS[1:]
INCARNATION, START = PACKED.index("incarnation"), PACKED.index("start")


class Pack(NamedTuple):
    """The parts of one series in order: `ints` is (7, n) with the rows of PACKED, `floats` (5, n) with those of
    FLOATS. incarnations, starts: the tables that all of one answer share."""

    ints: Ints
    floats: Floats
    incarnations: tuple[str, ...]
    starts: tuple[str, ...]

    def __len__(self) -> int:
        return int(self.ints.shape[1])

    @property
    def size(self) -> int:
        """In bytes; the tables are counted where they are made."""
        return self.ints.nbytes + self.floats.nbytes


EMPTY = Pack(np.empty((len(PACKED), 0), np.int64), np.empty((len(FLOATS), 0)), (), ())


def split(
    parts: Parts, series: Iterable[Series], begins: Sequence[int], width_ms: int
) -> Iterable[tuple[Series, int, Pack]]:
    """The pack of each series in each span of a width, by begin; spans follow each other.

    Parts before the first span or behind the last are left out.
    """
    place = {key: i for i, key in enumerate(parts.keys)}
    ints = np.stack([getattr(parts, name) for name in PACKED])
    floats = np.stack([getattr(parts, name) for name in FLOATS])
    count = len(begins) + 2
    span = np.clip((parts.bucket - begins[0]) // width_ms, -1, len(begins)) + 1
    cuts = np.searchsorted(parts.series * count + span, np.arange(len(parts.keys) * count + 1)).tolist()
    for one in series:
        first = place.get(one, -1) * count + 1
        for k, begin in enumerate(begins):
            cut = slice(*cuts[first + k : first + k + 2]) if first > 0 else slice(0)
            yield one, begin, _pack(parts, ints, floats, cut)


def _pack(parts: Parts, ints: Ints, floats: Floats, cut: slice) -> Pack:
    if cut.start == cut.stop or not cut.stop:
        return EMPTY
    return Pack(ints[:, cut].copy(), floats[:, cut].copy(), parts.incarnations, parts.starts)


def unite(packs: Iterable[tuple[Series, Pack]]) -> Parts:
    """The parts of all packs, sorted if those of each series come by time."""
    filled = sorted((one for one in packs if len(one[1])), key=lambda one: one[0])
    if not filled:
        return p.empty()
    ints = np.concatenate([pack.ints for _, pack in filled], axis=1)
    floats = np.concatenate([pack.floats for _, pack in filled], axis=1)
    lengths = np.array([len(pack) for _, pack in filled])
    keys = tuple(dict.fromkeys(series for series, _ in filled))
    place = {key: i for i, key in enumerate(keys)}
    columns: dict[str, Any] = {**dict(zip(PACKED, ints, strict=True)), **dict(zip(FLOATS, floats, strict=True))}
    columns["series"] = np.repeat(np.array([place[series] for series, _ in filled], np.int64), lengths)
    tables = [pack.incarnations for _, pack in filled]
    names, columns["incarnation"] = _common(tables, ints[INCARNATION], lengths)
    tables = [pack.starts for _, pack in filled]
    lives, columns["start"] = _common(tables, ints[START], lengths)
    return Parts(keys, names, lives, **columns)


def _common(tables: Sequence[tuple[str, ...]], places: Ints, lengths: Ints) -> tuple[tuple[str, ...], Ints]:
    """One table for all, ascending, and the places in it. Tables that are one object are looked at once."""
    distinct = {id(table): table for table in tables}
    if len(distinct) == 1:
        return tables[0], places
    common = tuple(sorted(set(chain.from_iterable(distinct.values()))))
    place = {name: i for i, name in enumerate(common)}
    moved = np.array([place[name] for table in distinct.values() for name in table], np.int64)
    begins = dict(zip(distinct, np.cumsum([0, *map(len, distinct.values())]).tolist(), strict=False))
    return common, moved[places + np.repeat(np.array([begins[id(table)] for table in tables], np.int64), lengths)]
