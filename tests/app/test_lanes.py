"""Lanes: what happened, for who looks at a host or a container."""

from __future__ import annotations

from typing import Any

import pytest

from app import lanes
from tests.app.rig import Rig
from tests.rows import record
from tidegauge.metrics.ranges import RangeError
from tidegauge.metrics.records import Entity, Event

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def happen(rig: Rig, *told: tuple[str, str, int], **attributes: str) -> None:
    """Post events of host h1: (entity, kind, age in ms)."""
    now = rig.clock.wall_ms()
    found = [Event(entity, (now - age) * 1_000_000, kind, attributes) for entity, kind, age in told]
    rig.post([record([], {}, seq=rig.clock.wall_ms() % 1_000_000, events=found)])
    rig.clock.advance(1)


def watch(rig: Rig, container: str = "", start: str = "now-5m", end: str = "now") -> list[dict[str, Any]]:
    """What a browser is told at once."""
    rig.node.watch_host(rig.outbox, "h1", start, end, container)
    return rig.told("events")


def seen(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["entity"], one["mark"]) for message in messages for one in message["events"]]


def test_a_lane_comes_whole_from_the_store(rig: Rig) -> None:
    """The host's and its containers' marks of the range, by time; what is older is not told."""
    happen(rig, ("h1", "collector.started", HOUR_MS), ("c1", "container.started", 4_000), ("h1", "deploy", 3_000))
    happen(rig, ("c1", "container.stopped", 1_000), reason="crashed", exit_code="1")
    rig.node.lanes._recent.clear()
    (message,) = watch(rig)
    assert (message["host"], message["container"], message["whole"]) == ("h1", "", True)
    assert seen([message]) == [("c1", "started"), ("c1", "crashed")]
    assert message["events"][1]["text"] == "crashed, exit code 1"
    assert seen(watch(rig, start="now-2h")) == [
        ("h1", "collector-started"),
        ("c1", "started"),
        ("c1", "crashed"),
    ]


def test_a_container_has_its_own_alone(rig: Rig) -> None:
    """In the whole lane as in what comes."""
    happen(rig, ("h1", "collector.started", 9), ("c1", "container.started", 8), ("c2", "container.started", 7))
    assert seen(watch(rig, container="c2")) == [("c2", "started")]
    happen(rig, ("c1", "container.oom", 0), ("c2", "container.health", 0), status="healthy")
    (message,) = rig.told("events")
    assert (message["whole"], message["container"], seen([message])) == (False, "c2", [("c2", "healthy")])


def test_what_happens_is_told_at_once_and_while_the_store_is_down(rig: Rig) -> None:
    """Also to who comes while it is down, and whole when it is back."""
    watch(rig)
    happen(rig, ("c1", "container.started", 0))
    assert seen(rig.told("events")) == [("c1", "started")]
    rig.reads.down = True
    rig.node.histories.tiles.drop_all()
    assert seen(watch(rig)) == [("c1", "started")]
    rig.node.lanes._recent.clear()
    rig.reads.down = False
    rig.node.follow()
    assert rig.told("events") == []
    rig.clock.advance(lanes.RETRY_MS)
    rig.node.follow()
    assert seen(rig.told("events")) == [("c1", "started")]


def test_late_events_come_to_their_place(rig: Rig) -> None:
    """Those of the range are told, others not, and a lane read later has them whatever was asked before."""
    watch(rig, start="now-1h")
    rig.node.lanes._recent.clear()
    happen(rig, ("c1", "container.started", 30 * MINUTE_MS), ("c2", "container.started", 2 * HOUR_MS))
    (message,) = rig.told("events")
    assert [(one["entity"], rig.clock.wall_ms() - one["time_ms"]) for one in message["events"]] == [
        ("c1", 30 * MINUTE_MS + 1)
    ]
    rig.node.lanes._recent.clear()
    assert seen(watch(rig, start="now-1h")) == [("c1", "started")]
    assert seen(watch(rig, start="now-3h", end="now-1h")) == [("c2", "started")]


def test_of_a_range_in_the_past_nothing_new_is_told(rig: Rig) -> None:
    """Its lane stays as it is."""
    watch(rig, start="now-2h", end="now-1h")
    happen(rig, ("c1", "container.started", 0))
    assert rig.told("events") == []


def test_marks_are_called_by_the_newest_name(rig: Rig) -> None:
    """An event's own name, else the entity's as it is known, else its id."""
    rig.row(entity=Entity("c1" * 32, "container", "s", 1000, {"host.id": "h1", "container.name": "shop"}), gauge=1.0)
    happen(rig, ("c1" * 32, "container.started", 3), ("c2" * 32, "container.started", 2))
    happen(rig, ("c3" * 32, "container.started", 0), **{"container.name": "db"})
    assert [one["name"] for one in watch(rig)[0]["events"]] == ["shop", "c2" * 6, "db"]


def test_a_lost_link_has_lanes_read_again(rig: Rig) -> None:
    """What was told meanwhile is in the store."""
    watch(rig)
    rig.node.seam.lost()
    rig.node.follow()
    assert [message["whole"] for message in rig.told("events")] == [True]


def test_what_is_shown_stays_while_the_store_is_down(rig: Rig) -> None:
    """A lane that could not be read again is not told empty."""
    happen(rig, ("c1", "container.started", 60_000))
    rig.node.lanes._recent.clear()
    assert seen(watch(rig)) == [("c1", "started")]
    rig.reads.down = True
    rig.node.seam.lost()
    rig.node.follow()
    assert rig.told("events") == []
    rig.reads.down = False
    rig.clock.advance(lanes.RETRY_MS)
    rig.node.follow()
    assert seen(rig.told("events")) == [("c1", "started")]


def test_a_lane_that_is_read_again_begins_where_the_range_does_then(rig: Rig) -> None:
    """A page may be open for days."""
    watch(rig)
    happen(rig, ("c1", "container.started", 0))
    rig.told()
    rig.node.lanes._recent.clear()
    rig.clock.advance(10 * MINUTE_MS)
    rig.node.seam.lost()
    rig.node.follow()
    assert [message["events"] for message in rig.told("events")] == [[]]


def test_who_left_or_looks_at_all_hosts_is_told_nothing(rig: Rig) -> None:
    """Neither watches a lane."""
    watch(rig)
    rig.node.watch_host(rig.outbox, None, "now-5m")
    happen(rig, ("c1", "container.started", 0))
    assert rig.told("events") == []
    watch(rig)
    rig.node.leave(rig.outbox)
    happen(rig, ("c1", "container.started", 0))
    assert rig.told("events") == []


def test_a_range_that_cannot_be_is_refused(rig: Rig) -> None:
    """As everywhere."""
    with pytest.raises(RangeError):
        rig.node.lanes.watch(rig.outbox, "h1", "", "now-5m", "later")
