"""The rows of `make bench`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Figure(NamedTuple):
    """A measured figure. ours, bound: with their unit, as text. holds: whether the bound is met.
    against: what was measured beside it in the same run; ratio: ours by that, as text."""

    name: str
    ours: str
    bound: str
    holds: bool
    against: str
    ratio: str


def lines(figures: Iterable[Figure]) -> list[str]:
    """The table, aligned."""
    rows = [("figure", "ours", "bound", "", "measured beside it", "ratio")]
    rows += [(f.name, f.ours, f.bound, "ok" if f.holds else "MISSED", f.against, f.ratio) for f in figures]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
