"""Which rows are read (rule 13): minute rows where an entity has them, else raw ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from tidegauge.metrics import parts as p
from tidegauge.metrics.minutes import LATE_MS, minute_of
from tidegauge.metrics.parts import Parts, Series
from tidegauge.storage.base import Reads, Tier

RAW: frozenset[Tier] = frozenset({"raw"})
MINUTES: frozenset[Tier] = frozenset({"minute"})
BOTH = RAW | MINUTES

Piece = tuple[int, int]
"""A stretch of time: its begin and its end."""
Place = tuple[str, int]
"""An entity within a piece, by number."""


class Said(NamedTuple):
    """What the store said: parts, the tiers that gave them, and where entities have minute rows."""

    parts: Parts
    tiers: frozenset[Tier]
    in_minutes: frozenset[Place]


def before_ms(now_ms: int, window_ms: int) -> int:
    """Before which time minute rows are all there, or will be announced: those that came in time were stored
    and are seen within a window."""
    return minute_of(now_ms - LATE_MS - window_ms)


def read(
    store: Reads, series: Sequence[Series], pieces: Sequence[Piece], step_ms: int, ends: bool, known: Collection[Place]
) -> Said:
    """The minute parts of some series in pieces that follow each other; the raw parts of entities that have
    no minute row in a piece. known: where some are known to have one.

    Raises StoreError.
    """
    found = store.parts(series, pieces[0][0], pieces[-1][1], step_ms, tier="minute", ends=ends)
    there = _places(found, pieces).union(known)
    raw = [
        store.parts(lacking, *piece, step_ms, ends=ends)
        for piece, lacking in _lacking(series, pieces, there)
        if lacking
    ]
    tiers = (MINUTES if len(found) else frozenset()) | (RAW if any(map(len, raw)) else frozenset())
    return Said(p.concat([found, *raw]), tiers, there)


def _places(parts: Parts, pieces: Sequence[Piece]) -> frozenset[Place]:
    """Where each entity has parts."""
    at = np.searchsorted([begin for begin, _ in pieces], parts.bucket, side="right") - 1
    pairs = np.unique(parts.series * len(pieces) + at)
    return frozenset((parts.keys[pair // len(pieces)].entity, pair % len(pieces)) for pair in pairs.tolist())


def _lacking(
    series: Sequence[Series], pieces: Sequence[Piece], there: Collection[Place]
) -> list[tuple[Piece, list[Series]]]:
    """The series of the entities that have no minute rows; pieces in which they are the same together."""
    found: list[tuple[Piece, list[Series]]] = []
    for i, piece in enumerate(pieces):
        lacking = [one for one in series if (one.entity, i) not in there]
        if found and found[-1][1] == lacking:
            found[-1] = (found[-1][0][0], piece[1]), lacking
        else:
            found.append((piece, lacking))
    return found
