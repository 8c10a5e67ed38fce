"""The seam of stream and store: rows that no link brought, and topics of which frames are missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from app import seam
from tests.app import fleet
from tests.app.rig import Rig, Screen
from tests.ingest_api.posts import WINDOW_MS
from tests.rows import host, record
from tidegauge.cluster import sequences
from tidegauge.cluster.frames import entity_topic
from tidegauge.metrics.records import Entity
from tidegauge.storage.base import Arrival

URL = "metrics=gauge&filter=kind%3Dhost"
WAIT_MS = sequences.WAIT_MS + seam.FILL_MS


def subscribe(rig: Rig, id: int = 1, url: str = URL) -> Screen:
    rig.node.board.subscribe(rig.outbox, id, url)
    rig.node.read(0)
    return Screen(id)


def elsewhere(rig: Rig, seq: int, value: float, entity: Entity | None = None) -> None:
    """A second passes, then a record comes to a node that is not read, and is stored."""
    rig.clock.advance(1_000)
    now_ms = rig.clock.wall_ms()
    rig.store.append([Arrival(record([now_ms], {"gauge": [value]}, seq=seq, entity=entity), now_ms, 0)])


def here(rig: Rig, seq: int, value: float) -> None:
    """A second passes, then a record comes to the node that is read."""
    rig.clock.advance(1_000)
    rig.post([record([rig.clock.wall_ms()], {"gauge": [value]}, seq=seq)])


def follow(rig: Rig, ms: int) -> None:
    """Time passes."""
    rig.clock.advance(ms)
    rig.node.read(0)
    rig.node.keep_time()


def test_a_record_that_no_link_brought_is_filled_from_the_store(rig: Rig) -> None:
    """A screen has it soon after a later one came, and the store is asked for it no more."""
    here(rig, 1, 1.0)
    screen = subscribe(rig)
    elsewhere(rig, 2, 2.0)
    here(rig, 3, 3.0)
    rig.node.keep_time()
    assert list(screen.take(rig.told()).values().values()) == [1.0, 3.0]
    follow(rig, WAIT_MS)
    assert list(screen.take(rig.told()).values().values()) == [1.0, 2.0, 3.0]
    asked = rig.reads.asked
    here(rig, 4, 4.0)
    follow(rig, 60_000)
    assert rig.reads.asked == asked


def test_a_store_that_shows_rows_late_is_asked_for_them_twice(rig: Rig) -> None:
    """At once, and when it shows all that it had then; not a third time."""
    rig.reads.refresh_ms = 1_000
    here(rig, 1, 1.0)
    screen = subscribe(rig)
    rig.clock.advance(1_000)
    missed_ms = rig.clock.wall_ms()
    here(rig, 3, 3.0)
    follow(rig, WAIT_MS)
    rig.store.append([Arrival(record([missed_ms], {"gauge": [2.0]}, seq=2), missed_ms, 0)])
    follow(rig, 1_999)
    assert list(screen.take(rig.told()).values().values()) == [1.0, 3.0]
    follow(rig, 1)
    assert list(screen.take(rig.told()).values().values()) == [1.0, 2.0, 3.0]
    asked = rig.reads.asked
    follow(rig, 60_000)
    assert rig.reads.asked == asked


def test_the_last_record_of_a_collector_that_stopped_is_filled(rig: Rig) -> None:
    """Presence names it, and nothing comes behind it."""
    here(rig, 1, 1.0)
    screen = subscribe(rig)
    elsewhere(rig, 2, 2.0)
    header = rig.ingest.header(stopping=True)
    rig.publisher.seen(header, rig.clock.wall_ms(), [record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=2)])
    rig.node.read(0)
    follow(rig, WAIT_MS)
    assert list(screen.take(rig.told()).values().values()) == [1.0, 2.0]


def test_a_node_that_is_not_read_costs_few_questions(rig: Rig) -> None:
    """Every second record goes there for a minute: all are shown, with a question in some seconds."""
    here(rig, 1, 1.0)
    screen = subscribe(rig)
    screen.take(rig.told())
    asked = rig.reads.asked
    for seq in range(2, 62, 2):
        elsewhere(rig, seq, float(seq))
        here(rig, seq + 1, seq + 1.0)
        follow(rig, 0)
        screen.take(rig.told())
    assert rig.reads.asked - asked <= 3 * 60_000 / sequences.REST_MS
    follow(rig, sequences.REST_MS)
    assert [*screen.take(rig.told()).values().values()] == [1.0, *map(float, range(2, 62))]


def test_a_gap_in_one_topic_asks_for_its_entity_alone(rig: Rig) -> None:
    """Its rows of the window come; other views are not drawn anew, and other tiles stay."""
    other = host("h2")
    here(rig, 1, 1.0)
    rig.row(gauge=7.0, entity=other)
    screen = subscribe(rig, 1, "metrics=gauge&filter=entity%3Dh1&from=now-1h&step_ms=10000")
    subscribe(rig, 2, "metrics=gauge&filter=entity%3Dh2&from=now-1h&step_ms=10000")
    screen.take(rig.told())
    elsewhere(rig, 2, 9.0)
    rig.clock.advance(WINDOW_MS // 2)
    before = rig.node.samples.tiles.status()["entries"]
    lagged(rig, [entity_topic("h1")])
    rig.node.keep_time()
    told = rig.told()
    assert {message["id"] for message in told if message["type"] in ("view", "points")} == {1}
    assert 0 < rig.node.samples.tiles.status()["entries"] >= before - 1
    assert {5.0, 9.0} & {*screen.take(told).values().values()}


def test_a_gap_in_the_topic_of_a_metric_asks_for_what_is_shown_of_it(rig: Rig) -> None:
    """What is missing comes from the store; views of others are not drawn anew."""
    fleet.second(rig, 1)
    screen = fleet.subscribe(rig)
    fleet.subscribe(rig, "metrics=other&filter=entity%3Dh01", 2)
    screen.take(rig.told())
    elsewhere(rig, 2, 9.0, host("h05"))
    lagged(rig, [fleet.TOPIC])
    rig.node.keep_time()
    told = rig.told()
    assert {message["id"] for message in told if message["type"] in ("view", "points")} == {1}
    assert fleet.drawn(screen.take(told), "h05") == [5.01, 9.0]


def test_a_record_of_the_fleet_that_no_link_brought_is_filled_too(rig: Rig) -> None:
    """Where a metric is read the numbers of records tell it as well."""
    fleet.second(rig, 1)
    screen = fleet.subscribe(rig)
    elsewhere(rig, 2, 9.0, host("h05"))
    fleet.second(rig, 2, "h05")
    fleet.second(rig, 3)
    assert fleet.drawn(screen.take(rig.told()), "h05") == [5.01, 5.03]
    follow(rig, WAIT_MS)
    assert fleet.drawn(screen.take(rig.told()), "h05") == [5.01, 9.0, 5.03]


@pytest.mark.parametrize("topics", [[""], ["entity:nobody"], ["entity:h1", "news"], ["entity:h1", ""]])
def test_a_gap_of_which_nobody_knows_what_is_missing_draws_everything_anew(rig: Rig, topics: list[str]) -> None:
    """No topic is named, or one that is no known entity's."""
    here(rig, 1, 1.0)
    subscribe(rig)
    rig.told()
    lagged(rig, topics)
    rig.node.keep_time()
    assert "view" in {message["type"] for message in rig.told()}


def lagged(rig: Rig, topics: Sequence[str]) -> None:
    """The link says that something is missing."""
    link: Any = rig.node._link
    for topic in topics:
        link._subscription.interrupt("frames are missing", topic)
    rig.node.read(0)
