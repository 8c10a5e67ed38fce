"""The catalogue: every metric Tidegauge measures by itself, and what it means.

Names follow OpenTelemetry's semantic conventions (v1.44); an attribute of few fixed values is a
suffix of the name. Rows are written out in `catalogue_rows`, by kind of entity.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tidegauge.metrics.records import Column, Description, Kind


class Metric(NamedTuple):
    """A row of the catalogue.

    unit: UCUM ("By", "s", "1", "{packet}"). formula: how the number comes from which file.
    entity: the kind of entity whose rows hold it. decimals: digits after the point that are
    real (0: whole numbers; None: any).
    """

    name: str
    entity: str
    unit: str
    kind: Kind
    decimals: int | None
    help: str
    formula: str


class UnknownMetricError(KeyError):
    """A name that is not in the catalogue."""


def catalogue() -> dict[str, Metric]:
    """The whole catalogue by name, in the order it is written."""
    from tidegauge.metrics.catalogue_rows import ROWS

    return {row.name: row for row in ROWS}


def columns(names: Iterable[str]) -> list[Column]:
    """Columns of a block for metrics of the catalogue. Raises UnknownMetricError."""
    known = catalogue()
    try:
        return [Column(name, known[name].kind) for name in names]
    except KeyError as error:
        raise UnknownMetricError(*error.args) from error


def describe(names: Iterable[str]) -> list[Description]:
    """What travels once an incarnation, for those of the names that the catalogue has."""
    known = catalogue()
    return [_description(known[name]) for name in names if name in known]


def _description(row: Metric) -> Description:
    return Description(row.name, row.kind, row.unit, row.help, row.formula, row.decimals)
