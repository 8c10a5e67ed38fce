"""The catalogue as programs ask it."""

from __future__ import annotations

import pytest

from tidegauge.metrics.catalogue import UnknownMetricError, catalogue, columns, describe
from tidegauge.metrics.records import Column, Description


def test_by_name_in_order() -> None:
    """Each metric is found under its name, in the order it is written."""
    known = catalogue()
    assert all(name == row.name for name, row in known.items())
    assert next(iter(known)) == "system.cpu.time.user"


def test_columns() -> None:
    """A column says whether it is a counter."""
    assert columns(["system.uptime", "system.interrupts"]) == [
        Column("system.uptime", "gauge"),
        Column("system.interrupts", "counter"),
    ]


def test_columns_of_an_unknown_metric() -> None:
    """A name that is not in the catalogue is an error of ours."""
    with pytest.raises(UnknownMetricError, match=r"no\.such"):
        columns(["system.uptime", "no.such"])


def test_describe() -> None:
    """What travels is the row without its kind of entity; unknown names are left out."""
    row = catalogue()["system.memory.limit"]
    expected = Description(row.name, row.kind, row.unit, row.help, row.formula, row.decimals)
    assert describe(["no.such", "system.memory.limit"]) == [expected]
