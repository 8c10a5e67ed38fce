"""A record as a table that a person reads."""

from __future__ import annotations

from collections.abc import Iterator

from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.records import Record, Row, rows

STEPS = ("", "Ki", "Mi", "Gi", "Ti", "Pi")


def lines(record: Record) -> Iterator[str]:
    """Each entity, and under it each of its metrics with value and unit."""
    known = catalogue()
    for row in rows(record):
        yield _title(row)
        for name, value in row.values.items():
            yield f"  {name:<46} {number(value, known[name].unit):>18}"


def _title(row: Row) -> str:
    about = row.entity.attributes
    name = about.get("device") or about.get("container.name") or about["host.name"]
    return f"{row.entity.kind} {name}  (id {row.entity.id}, start {row.entity.start})"


def number(value: float, unit: str) -> str:
    """A value in its unit: bytes in powers of 1024, a ratio as it is, {things} without their name."""
    if unit == "By":
        return _bytes(value)
    if unit == "Hz":
        return f"{value / 1e6:,.0f} MHz"
    plain = f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0")
    return f"{plain} {unit}" if unit == "s" else plain


def _bytes(value: float) -> str:
    step = 0
    while abs(value) >= 1024 and step < len(STEPS) - 1:
        value, step = value / 1024, step + 1
    return f"{value:,.1f} {STEPS[step]}B" if step else f"{value:,.0f} B"
