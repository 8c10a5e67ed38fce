"""The dictionary behind the small integer of a row."""

from __future__ import annotations

import numpy as np

from tests.rows import INCARNATION, LATER, host
from tidegauge.metrics.steps import DAY
from tidegauge.storage.embedded.origins import NEVER, Origin, Origins
from tidegauge.storage.embedded.tiers import TIERS


def saw(origins: Origins, origin: Origin, *times: int) -> None:
    """Note rows of an origin."""
    column = np.array(times, np.int64)
    origins.saw(np.full(len(times), origin.id), column, column)


def test_the_same_is_placed_once() -> None:
    """Another attribute, host or incarnation makes another origin; what was before is found again."""
    origins = Origins()
    first = origins.place(host(), "h1", INCARNATION)
    others = [
        origins.place(host(role="db"), "h1", INCARNATION),
        origins.place(host(), "h2", INCARNATION),
        origins.place(host(), "h1", LATER),
    ]
    assert origins.place(host(), "h1", INCARNATION) is first
    assert [origin.id for origin in (first, *others)] == [1, 2, 3, 4]
    assert origins.unsaved == [first, *others]


def test_a_lane_is_a_key() -> None:
    """Entity and incarnation alone; its newest time is that of all its origins."""
    origins = Origins()
    first, renamed = (origins.place(one, "h1", INCARNATION) for one in (host(), host(role="db")))
    later = origins.place(host(), "h1", LATER)
    assert first.lane == renamed.lane != later.lane
    assert origins.in_lanes([first.lane]) == [first, renamed]
    saw(origins, first, 5)
    saw(origins, renamed, 9, 7)
    assert origins.newest(np.array([first.lane, later.lane])).tolist() == [9, NEVER]


def test_many_lanes() -> None:
    """The table of newest times grows."""
    origins = Origins()
    placed = [origins.place(host(f"h{i}"), "h", INCARNATION) for i in range(3000)]
    saw(origins, placed[2999], 1)
    assert origins.newest(np.array([0, 2999])).tolist() == [NEVER, 1]


def test_origins_of_entities_in_a_range() -> None:
    """Those whose rows of a touched day may lie in it."""
    origins = Origins()
    old, new = origins.place(host(), "h1", INCARNATION), origins.place(host(), "h1", LATER)
    saw(origins, old, 10, 20)
    saw(origins, new, DAY + 10)
    assert origins.of(["h1", "h2"], 0, 2 * DAY) == [old, new]
    assert origins.of(["h1"], 0, 11) == [old]
    assert origins.of(["h1"], 21, DAY + 10) == []
    assert origins.of([], 0, 2 * DAY) == []


def test_entities_are_those_of_touched_days() -> None:
    """As their latest rows describe them, with the span of all their rows in those days."""
    origins = Origins()
    first, renamed = (origins.place(one, "h1", INCARNATION) for one in (host(), host(role="db")))
    saw(origins, first, 10, 30)
    saw(origins, renamed, 40, 50, DAY + 5)
    (found,) = origins.entities(0, 60)
    assert (found.entity, found.first_ms, found.last_ms) == (host(role="db"), 10, 50)
    assert origins.entities(60, DAY) == []


def test_what_has_no_rows_left_is_forgotten() -> None:
    """Days before one go, then origins that have none; their lanes begin anew."""
    origins = Origins()
    old, new = origins.place(host("h1"), "h1", INCARNATION), origins.place(host("h2"), "h2", LATER)
    saw(origins, old, 10)
    saw(origins, new, 10, DAY)
    assert origins.forget({"raw": 1, "minute": 0}) == [old.id]
    assert origins.of(["h1", "h2"], 0, 2 * DAY) == [new]
    assert (origins.last_incarnation("h1"), origins.last_incarnation("h2")) == (None, LATER)
    again = origins.place(host("h1"), "h1", INCARNATION)
    assert again.id == 3
    assert origins.newest(np.array([again.lane])).tolist() == [NEVER]


def test_tiers_are_apart() -> None:
    """Each has its lane and its days; an entity is listed once, whichever it has rows of."""
    origins = Origins()
    raw, minute = (origins.place(host(), "h1", INCARNATION, tier) for tier in TIERS)
    assert (raw.kind, minute.kind) == ("host", "minute.host")
    assert raw.lane != minute.lane
    saw(origins, raw, 10, 20)
    saw(origins, minute, 10, DAY + 5)
    assert (origins.of(["h1"], 0, DAY), origins.of(["h1"], 0, DAY, "minute")) == ([raw], [minute])
    assert [info.entity for info in origins.entities(0, 2 * DAY)] == [host()]
    assert [info.first_ms for info in origins.entities(DAY, 2 * DAY)] == [DAY + 5]
    assert origins.forget({"raw": 5, "minute": 0}) == [raw.id]
    assert origins.forget({"raw": 5, "minute": 1}) == []
    assert [info.first_ms for info in origins.entities(0, 2 * DAY)] == [DAY + 5]
