"""Columns of a query as Parts and Coverage."""

from __future__ import annotations

import numpy as np

from tests.rows import INCARNATION, LATER, host
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import Entity
from tidegauge.storage.embedded.origins import Origin
from tidegauge.storage.embedded.shapes import coverage_of, parts_of

RENAMED = Origin(7, host(role="db"), "h1", INCARNATION, 0)
FIRST = Origin(3, host(), "h1", INCARNATION, 0)
RESTARTED = Origin(9, Entity("h1", "host", "boot2", 5000), "h1", LATER, 1)
KEYS = (Series("h1", "a", "gauge"), Series("h1", "b", "gauge"))


def test_rows_become_parts_of_one_row() -> None:
    """With the names that their origins stand for, and no others."""
    columns = {
        "_origin": np.array([9, 3]),
        "s": np.array([0, 0]),
        "_time": np.array([20, 10]),
        "v": np.array([2.0, 1.0]),
    }
    found = parts_of(columns, KEYS, [RESTARTED, FIRST, RENAMED], np.array([[1, 0]] * 3))
    assert found.keys == KEYS[1:]
    assert (found.incarnations, found.starts) == ((INCARNATION, LATER), ("boot", "boot2"))
    assert (found.incarnation.tolist(), found.start.tolist()) == ([1, 0], [1, 0])
    assert found.bucket.tolist() == found.first_ms.tolist() == found.last_ms.tolist() == [20, 10]
    assert found.period_ms.tolist() == [5000, 1000]
    assert found.total.tolist() == found.first.tolist() == [2.0, 1.0]


def test_lines_that_share_a_key_become_one() -> None:
    """A rename splits no line, a start does; lines are in order."""
    columns = {
        "_origin": np.array([9, 7, 3]),
        "bucket": np.array([0, 0, 0]),
        "first_ms": np.array([30, 20, 10]),
        "last_ms": np.array([39, 29, 19]),
        "rows": np.array([3, 2, 1]),
        "late": np.array([0, 1, 1]),
        "received_ms": np.array([0, 90, 80]),
    }
    found = coverage_of([([FIRST, RENAMED, RESTARTED], columns)])
    assert found.entities == ("h1",)
    assert found.incarnation.tolist() == [0, 1]
    assert found.first_ms.tolist() == [10, 30]
    assert found.last_ms.tolist() == [29, 39]
    assert (found.rows.tolist(), found.late.tolist(), found.received_ms.tolist()) == ([3, 3], [2, 0], [90, 0])
    assert found.period_ms.tolist() == [1000, 5000]


def test_nothing_has_no_lines() -> None:
    """No query, no lines."""
    assert len(coverage_of([])) == 0
