"""The catalogue's rows keep the rules of names, units and kinds."""

from __future__ import annotations

import re

import pytest

from tidegauge.metrics.catalogue import Metric
from tidegauge.metrics.catalogue_rows import ROWS
from tidegauge.metrics.records import CONTAINER, ENTITY_KINDS

UNITS = re.compile(r"By|s|1|Hz|\{[a-z_]+\}")
NAME = re.compile(r"(system|process|container|tidegauge)(\.[a-z0-9_]+)+")
ids = [row.name for row in ROWS]


def test_each_name_once() -> None:
    """No name is written twice."""
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_row(row: Metric) -> None:
    """Name, unit, kind of entity, meaning and formula are there and well formed."""
    assert NAME.fullmatch(row.name)
    assert UNITS.fullmatch(row.unit)
    assert row.entity in ENTITY_KINDS
    assert row.name.startswith("container.") == (row.entity == CONTAINER)
    assert row.kind in ("counter", "gauge")
    assert row.decimals is None or 0 <= row.decimals <= 9
    assert row.help
    assert row.formula
    assert not row.help.endswith(".")


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_whole_numbers_are_whole(row: Metric) -> None:
    """Bytes and things are counted, so they have no decimals; shares are gauges."""
    if row.unit == "By" or (row.unit.startswith("{") and row.unit != "{cpu}"):
        assert row.decimals == 0
    if row.unit == "1":
        assert row.kind == "gauge"


def test_all_kinds_of_entity() -> None:
    """Each kind of entity has a metric of its own."""
    assert {row.entity for row in ROWS} == set(ENTITY_KINDS)
