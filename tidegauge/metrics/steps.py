"""The steps a query may have (rule 15): fixed widths of buckets, aligned to the epoch."""

from __future__ import annotations

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000

STEPS_MS = (
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    DAY,
)


def fitting(span_ms: int, points: int) -> int:
    """The smallest step that divides `span_ms` into at most `points` buckets (the widest, if none)."""
    return next((step for step in STEPS_MS if span_ms <= points * step), STEPS_MS[-1])


def for_period(step_ms: int, period_ms: int) -> int:
    """The step as stores take it: 0, rows as they are, where it is not above the period."""
    return 0 if step_ms <= period_ms else step_ms
