"""Minute rows (rule 13): what their numbers are called, which minute they are of, when they are late. Pure."""

from __future__ import annotations

from tidegauge.metrics.records import Kind
from tidegauge.metrics.steps import MINUTE

STATS: dict[Kind, tuple[str, ...]] = {
    "counter": ("count", "first", "last", "min_rate", "max_rate"),
    "gauge": ("count", "min", "max", "sum", "last"),
}
"""The five numbers of a metric in a minute row, by the metric's kind, in the order of the wire."""

LATE_MS = 3 * MINUTE
"""A minute row that comes later than this after its minute ended is late (rule 7)."""


def minute_of(time_ms: int) -> int:
    """The first ms of the minute that a time lies in."""
    return time_ms - time_ms % MINUTE
