"""Minute rows where an entity has them, raw ones else."""

from __future__ import annotations

from typing import cast

import pytest

from tests.app.memory import Memory, same
from tests.rows import NOW, host, row
from tidegauge.metrics import parts as p
from tidegauge.metrics.parts import Series
from tidegauge.metrics.steps import MINUTE
from tidegauge.queries import tiers
from tidegauge.storage.base import Store

BEGIN = NOW - NOW % MINUTE
ONE, TWO = Series("h1", "gauge", "gauge"), Series("h2", "gauge", "gauge")
PIECES = [(BEGIN, BEGIN + 2 * MINUTE), (BEGIN + 2 * MINUTE, BEGIN + 3 * MINUTE)]


def memory(minutes: tuple[str, ...], two_from: int = 0) -> Memory:
    """Three minutes of two hosts, of the second from a second on."""
    one = [row(BEGIN + 1_000 * i, host("h1"), gauge=float(i)) for i in range(180)]
    return Memory([*one, *(row(BEGIN + 1_000 * i, host("h2"), gauge=1.0) for i in range(two_from, 180))], minutes)


@pytest.mark.parametrize(
    ("minutes", "gave", "asked"),
    [
        (("h1", "h2"), {"minute"}, [("minute", 2)]),
        (("h1",), {"minute", "raw"}, [("minute", 2), ("raw", 1)]),
        ((), {"raw"}, [("minute", 2), ("raw", 2)]),
    ],
)
def test_each_entity_is_read_where_it_is(
    minutes: tuple[str, ...], gave: set[str], asked: list[tuple[str, int]]
) -> None:
    """One question for minute rows, one for raw rows of those that have none."""
    store = memory(minutes)
    said = tiers.read(cast(Store, store), [ONE, TWO], PIECES, MINUTE, True, ())
    assert said.tiers == gave
    assert [(one.tier, len(one.series)) for one in store.asked] == asked
    assert said.in_minutes == {(name, i) for name in minutes for i in range(2)}
    assert same(said.parts, p.of_rows(store.rows.values(), [ONE, TWO], MINUTE))


def test_a_piece_without_minute_rows_is_read_raw_alone() -> None:
    """An entity that is not there in one piece is looked for in its raw rows, unless it is known to have others."""
    store = memory(("h1", "h2"), two_from=120)
    tiers.read(cast(Store, store), [ONE, TWO], PIECES, MINUTE, True, ())
    assert [(one.series, one.start_ms, one.end_ms) for one in store.asked if one.tier == "raw"] == [
        ((TWO,), *PIECES[0])
    ]
    store.asked.clear()
    tiers.read(cast(Store, store), [ONE, TWO], PIECES, MINUTE, True, {("h2", 0)})
    assert [one.tier for one in store.asked] == ["minute"]


def test_minute_rows_are_waited_for() -> None:
    """They are there a window after the three minutes within which they are not late; on a minute's edge."""
    assert tiers.before_ms(BEGIN + 10_000, 10_000) == BEGIN - 3 * MINUTE
    assert tiers.before_ms(BEGIN + 9_999, 10_000) == BEGIN - 4 * MINUTE
