"""Runs: the stretches of time in which an entity's rows came without a hole. Pure.

The holes between them are what `tidegauge.metrics.gaps` explains.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

HOLE_PERIODS = 3
"""Rows further apart than this have a hole between them: no line is drawn there either."""


class Run(NamedTuple):
    """Rows from first_ms to last_ms (both there) of one incarnation, no two with a hole between.

    received_ms: when they arrived (server's clock) if they arrived late, else 0.
    """

    first_ms: int
    last_ms: int
    incarnation: str
    received_ms: int
    period_ms: int


def build(lines: Iterable[Run]) -> list[Run]:
    """Runs from stretches in any order: near ones of the same kind are joined."""
    runs: list[Run] = []
    for line in sorted(lines):
        if runs and _joins(runs[-1], line):
            runs[-1] = _joined(runs[-1], line)
        else:
            runs.append(line)
    return runs


def add(runs: list[Run], line: Run) -> list[Run]:
    """The runs with one more stretch, new at the end or late in the middle."""
    at = bisect_left(runs, line)
    near = slice(max(0, at - 2), at + 2)
    return [*runs[: near.start], *build([*runs[near], line]), *runs[near.stop :]]


def trim(runs: list[Run], from_ms: int) -> list[Run]:
    """The runs that reach beyond a time."""
    return [run for run in runs if run.last_ms >= from_ms]


def holes(runs: list[Run]) -> list[tuple[Run, Run]]:
    """Neighbours with a hole between them: the run before and the run after."""
    found = []
    for before, after in pairwise(runs):
        if after.first_ms - before.last_ms > HOLE_PERIODS * max(before.period_ms, after.period_ms):
            found.append((before, after))
    return found


def _joins(a: Run, b: Run) -> bool:
    near = b.first_ms - a.last_ms <= HOLE_PERIODS * max(a.period_ms, b.period_ms)
    return near and a.incarnation == b.incarnation and (a.received_ms > 0) == (b.received_ms > 0)


def _joined(a: Run, b: Run) -> Run:
    return Run(
        min(a.first_ms, b.first_ms),
        max(a.last_ms, b.last_ms),
        a.incarnation,
        max(a.received_ms, b.received_ms),
        max(a.period_ms, b.period_ms),
    )
