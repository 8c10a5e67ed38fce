"""Which indices there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics.limits import MAX_TIME_MS
from tidegauge.metrics.steps import DAY
from tidegauge.storage.elastic.layout import FAMILIES, Family, at, between, named, pattern

NOW = 20_000 * DAY + DAY // 2
"""Noon of 2024-10-04."""


@pytest.mark.parametrize(
    ("family", "name", "days"),
    [
        ("raw", "tidegauge-raw-2024.10.04", 1),
        ("minute", "tidegauge-minute-2024.10", 31),
        ("events", "tidegauge-events-2024.10", 31),
    ],
)
def test_indices_of_a_moment(family: Family, name: str, days: int) -> None:
    """A UTC day of rows, a UTC month of minute rows and of events."""
    index = at(family, NOW)
    assert index.name == name
    assert index.start_ms <= NOW < index.end_ms
    assert index.end_ms - index.start_ms == days * DAY


@given(st.sampled_from(FAMILIES), st.integers(0, MAX_TIME_MS - 1))
def test_every_time_has_one_index(family: Family, time_ms: int) -> None:
    """Its neighbours begin where it ends, and its name means it."""
    index = at(family, time_ms)
    assert index.start_ms <= time_ms < index.end_ms
    assert at(family, index.start_ms) == at(family, index.end_ms - 1) == index
    assert at(family, index.end_ms).start_ms == index.end_ms
    assert named(index.name) == index


def test_indices_of_a_range() -> None:
    """By time, each that is touched; the end is exclusive."""
    names = [index.name[-5:] for index in between("raw", NOW - DAY, NOW - DAY // 2 + 1)]
    assert names == ["10.03", "10.04"]
    assert [index.name[-5:] for index in between("raw", NOW - DAY, NOW - DAY // 2)] == ["10.03"]
    assert [index.name[-7:] for index in between("minute", NOW, NOW + 60 * DAY)] == ["2024.10", "2024.11", "2024.12"]
    assert list(between("events", NOW, NOW)) == []


@pytest.mark.parametrize(
    "name",
    ["tidegauge-raw-2024.10", "tidegauge-raw-2024.13.01", "tidegauge-minute-2024.10.04", "tidegauge-documents", ""],
)
def test_names_that_are_no_index_of_time(name: str) -> None:
    """None of ours has such a name."""
    assert named(name) is None


def test_a_pattern_names_a_family() -> None:
    """All of its indices begin so."""
    assert all(at(family, NOW).name.startswith(pattern(family)[:-1]) for family in FAMILIES)
