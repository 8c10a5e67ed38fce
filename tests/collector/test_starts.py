"""Which life of its counters an entity is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import starts
from collector.starts import Starts


@pytest.fixture
def known() -> Starts:
    """Starts of entities whose only counter is `c`."""
    return Starts(frozenset({"c"}))


def test_same_life(known: Starts) -> None:
    """While no counter falls the start stays, whatever gauges do."""
    assert [known.start("e", "boot", values) for values in ({"c": 1, "g": 9}, {"c": 1, "g": 1}, {})] == ["boot"] * 3


def test_falls_are_numbered(known: Starts) -> None:
    """Each fall without a restart adds to #n."""
    assert [known.start("e", "boot", {"c": c}) for c in (5, 3, 4, 1)] == ["boot", "boot#1", "boot#1", "boot#2"]


def test_fall_over_a_missing_value(known: Starts) -> None:
    """A counter that was absent for a row is compared with what it last was."""
    assert [known.start("e", "boot", values) for values in ({"c": 5}, {}, {"c": 3})] == ["boot", "boot", "boot#1"]


def test_restart_begins_anew(known: Starts) -> None:
    """With a new base the counters may begin anywhere."""
    known.start("e", "boot", {"c": 5})
    known.start("e", "boot", {"c": 3})
    assert known.start("e", "boot2", {"c": 0}) == "boot2"


def test_entities_are_apart(known: Starts) -> None:
    """One entity's counters say nothing of another's."""
    known.start("a", "boot", {"c": 5})
    assert known.start("b", "boot", {"c": 3}) == "boot"


def test_bounded(known: Starts) -> None:
    """Only the entities seen last are remembered."""
    known.start("first", "boot", {"c": 5})
    for number in range(starts.KNOWN):
        known.start(f"e{number}", "boot", {})
    assert known.start("first", "boot", {"c": 3}) == "boot"


@given(st.lists(st.integers(0, 5)))
def test_counters_never_fall_within_a_start(numbers: list[int]) -> None:
    """Rule 1: within one start a counter never falls."""
    known, last = Starts(frozenset({"c"})), {}
    for number in numbers:
        start = known.start("e", "boot", {"c": number})
        assert number >= last.get(start, 0)
        last[start] = number
