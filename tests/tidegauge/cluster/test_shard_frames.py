"""The frames of presence: whatever comes is a frame or our error."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster import frames
from tidegauge.cluster.frames import FrameError
from tidegauge.cluster.shard_frames import AGES, MAX_ENTRIES, Beat, marked

ENTRY: list[Any] = [3, 7, 900, "h", "web", "1-a", 12, 1000, 5_000, 40, [3, 100, 4_960, False, "a disk is full"]]
HEAD = {"node": "a", "life": "l.0", "number": 4, "at_ms": 1_000}
BEAT = {"type": "beat", "unit_ms": 8, "seen": "BQ==", "ages": "BC"}


def told(**fields: Any) -> frames.Frame:
    """A frame of these fields, as it is decoded."""
    return frames.decode(msgspec.json.encode({**HEAD, **fields}))


def test_a_beat_says_who_was_seen_and_when() -> None:
    """A bit a place, an age a bit."""
    beat = told(**BEAT)
    assert isinstance(beat, Beat)
    assert beat.sightings() == [(0, 992), (2, 984)]


@given(st.sets(st.integers(0, 3_000)))
def test_places_come_back_as_they_were(places: set[int]) -> None:
    """Bits there and back."""
    ages = AGES[0] * len(places)
    beat = Beat(**HEAD, unit_ms=1, seen=marked(sorted(places)), ages=ages)
    assert {place for place, _ in beat.sightings()} == places


@pytest.mark.parametrize(
    "wrong",
    [
        {"seen": "BQ=="[:3]},
        {"seen": "****"},
        {"ages": "B"},
        {"ages": "B!"},
        {"seen": marked([MAX_ENTRIES])},
        {"unit_ms": 0},
        {"number": -1},
        {"at_ms": 1 << 60},
        {"node": None},
    ],
    ids=str,
)
def test_a_beat_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    """Broken base64, ages that do not fit, places that cannot be, numbers out of range."""
    with pytest.raises(FrameError):
        told(**{**BEAT, **wrong})


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, -1),
        (0, MAX_ENTRIES),
        (2, 1_001),
        (3, None),
        (7, 0),
        (8, 10**400),
        (9, 10**400),
        (10, [-1, None, None, False, ""]),
        (10, [0, None, None, "yes", ""]),
        (10, [0, None, None]),
    ],
    ids=str,
)
def test_facts_that_are_none_are_refused(place: int, value: object) -> None:
    """A place out of range, a sighting later than the frame, a period of nothing, numbers that cannot be."""
    entry = [*ENTRY[:place], value, *ENTRY[place + 1 :]]
    for fields in ({"type": "facts"}, {"type": "shard", "seen": [value if place == 2 else 900]}):
        assert told(**{**fields, "type": "facts"}, entries=[ENTRY])
        with pytest.raises(FrameError):
            told(**fields, entries=[entry])


def test_a_shard_whose_columns_do_not_fit_is_refused() -> None:
    """One sighting an entry, none after the frame."""
    for seen in ([], [900, 900], [1_001]):
        with pytest.raises(FrameError):
            told(type="shard", entries=[ENTRY], seen=seen)


def test_an_entry_may_have_more_fields_than_are_known() -> None:
    """A node of a later version adds them behind the others."""
    assert told(type="facts", entries=[[*ENTRY, "new"]], also="new")


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=16)))
def test_whatever_stands_in_a_frame_gives_it_or_our_error(value: object) -> None:
    """Any JSON in any of its places."""
    for fields in ({"entries": value}, {"entries": [value]}, {"seen": value}, {"ages": value}, {"at_ms": value}):
        for kind in ("beat", "facts", "shard"):
            try:
                told(**{**BEAT, **fields, "type": kind})
            except FrameError:
                continue
