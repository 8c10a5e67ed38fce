"""Rule 3 in plain Python, row by row and slow: what the fold is held to, written from the rule alone.

Also histories: rows of one counter as collectors could have taken them, restarts and all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Entity, Row

PERIOD_MS = 1000
BASE_MS = 1_750_000_000_000 - 1_750_000_000_000 % 86_400_000
"""A day's first ms: on the edge of a bucket of every step."""
SERIES = Series("e", "m", "counter")


class Sample(NamedTuple):
    """One value of the series as one collector took it."""

    time_ms: int
    incarnation: str
    start: str
    value: float


class Point(NamedTuple):
    """What a bucket shows."""

    value: float
    joined: bool


def as_rows(samples: Iterable[Sample], period_ms: int = PERIOD_MS) -> list[Row]:
    """The samples as rows of one entity."""
    return [
        Row(Entity("e", "host", s.start, period_ms), "h", s.incarnation, s.time_ms, {"m": s.value}) for s in samples
    ]


def points(samples: list[Sample], step_ms: int, aggregate: str, period_ms: int = PERIOD_MS) -> dict[int, Point]:
    """The point of each bucket by its first ms."""
    counted = sorted(_counted(samples, step_ms, period_ms))
    found: dict[int, list[Sample]] = {}
    for sample in counted:
        found.setdefault(_bucket(sample, step_ms), []).append(sample)
    before = dict(zip(counted[1:], counted, strict=False))
    return {
        bucket: Point(
            _value(rows, before, step_ms, aggregate, period_ms), _near(before.get(rows[0]), rows[0], period_ms)
        )
        for bucket, rows in found.items()
    }


def _bucket(sample: Sample, step_ms: int) -> int:
    return sample.time_ms // step_ms * step_ms if step_ms else sample.time_ms


def _near(before: Sample | None, sample: Sample, period_ms: int) -> bool:
    return before is not None and sample.time_ms - before.time_ms <= 3 * period_ms


def _part(sample: Sample, step_ms: int) -> tuple[int, str, str]:
    return _bucket(sample, step_ms), sample.incarnation, sample.start


def _counted(samples: list[Sample], step_ms: int, period_ms: int) -> list[Sample]:
    """Of parts whose spans intersect only the greatest incarnation counts; else all."""
    if step_ms == 0:
        return [sample for sample in samples if not _is_shadowed(sample, samples, period_ms)]
    parts: dict[tuple[int, str, str], list[Sample]] = {}
    for sample in samples:
        parts.setdefault(_part(sample, step_ms), []).append(sample)
    kept: list[list[Sample]] = []
    for part in sorted(parts.values(), key=lambda part: part[0].incarnation, reverse=True):
        if not any(_intersect(part, other) and other[0].incarnation != part[0].incarnation for other in kept):
            kept.append(part)
    return [sample for part in kept for sample in part]


def _intersect(a: list[Sample], b: list[Sample]) -> bool:
    return min(a).time_ms <= max(b).time_ms and min(b).time_ms <= max(a).time_ms


def _is_shadowed(sample: Sample, samples: list[Sample], period_ms: int) -> bool:
    """Whether a row is one of two at its time, or between two near ones, and the others began later."""
    for incarnation in {other.incarnation for other in samples if other.incarnation > sample.incarnation}:
        times = sorted(other.time_ms for other in samples if other.incarnation == incarnation)
        if sample.time_ms in times:
            return True
        if any(a < sample.time_ms < b and b - a <= 3 * period_ms for a, b in pairwise(times)):
            return True
    return False


def grown(a: Sample, b: Sample) -> float:
    """What the counter grew by from one row to the next."""
    same_life = a.start.split("#")[0] == b.start.split("#")[0]
    return b.value - a.value if same_life and b.value >= a.value else b.value


def _value(rows: list[Sample], before: dict[Sample, Sample], step_ms: int, aggregate: str, period_ms: int) -> float:
    if aggregate in ("increase", "rate"):
        edges = [(before[row], row) for row in rows if row in before]
        if aggregate == "increase":
            return sum(grown(a, b) for a, b in edges) if edges else math.nan
        edges = [(a, b) for a, b in edges if _part(a, step_ms) == _part(b, step_ms) or _near(a, b, period_ms)]
        ms = sum(b.time_ms - a.time_ms for a, b in edges)
        return sum(grown(a, b) for a, b in edges) * 1000 / ms if ms else math.nan
    values = [row.value for row in rows]
    return {
        "avg": sum(values) / len(values),
        "min": min(values),
        "max": max(values),
        "sum": sum(values),
        "last": values[-1],
    }[aggregate]


_ticks = st.tuples(
    st.sampled_from(["", "", "", "", "", "collector", "host", "falls", "n"]),
    st.sampled_from([1000, 1000, 1000, 1000, 900, 2000, 3000, 3001, 7000, 40_000]),
    st.integers(0, 50),
    st.sampled_from([None, None, 0, 400]),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    """A counter as one collector after another took it, and perhaps a second beside them.

    Between two ticks the collector may start anew, the host may, or the counter alone may fall
    (`#n`), or `#n` alone may change because another counter of the entity fell.
    """
    time_ms, value, incarnation = BASE_MS + draw(st.integers(0, 20_000)), 1000.0, 10
    boot, falls, falls_seen = 0, 0, 0
    other = draw(st.sampled_from(["05", "50"]))
    samples = []
    for happens, gap_ms, growth, beside_ms in draw(st.lists(_ticks, min_size=1, max_size=25)):
        time_ms, value = time_ms + gap_ms, value + growth
        if happens == "collector":
            incarnation, falls_seen = incarnation + 1, 0
        if happens == "host":
            incarnation, boot, falls, falls_seen, value = incarnation + 1, boot + 1, 0, 0, float(growth)
        if happens in ("falls", "n"):
            falls, falls_seen = falls + 1, falls_seen + 1
            value = value // 3 if happens == "falls" else value
        samples.append(Sample(time_ms, str(incarnation), _start(boot, falls_seen), value))
        if beside_ms is not None:
            samples.append(Sample(time_ms + beside_ms, other, _start(boot, falls), value))
    return samples


def _start(boot: int, falls: int) -> str:
    return f"boot{boot}" + (f"#{falls}" if falls else "")
