"""One view for all who look at it, and a store that does not answer."""

from __future__ import annotations

import threading
from typing import Any

from app import shared_view
from app.outbox import Outbox
from tests.app.rig import Rig, Screen
from tests.rows import record
from tidegauge.cluster.frames import Late
from tidegauge.storage.base import StoreUnavailableError

URL = "metrics=gauge&filter=kind%3Dhost"


def subscribe(rig: Rig, url: str = URL, id: int = 1, outbox: Outbox | None = None) -> Screen:
    rig.node.board.subscribe(outbox or rig.outbox, id, url)
    return Screen(id)


def test_points_flow_while_the_store_is_down_and_all_is_drawn_when_it_is_back(rig: Rig) -> None:
    """The view says in a sentence what is wrong, once; later the rows of before come back."""
    rig.row(gauge=1.0)
    rig.clock.advance(60_000)
    rig.row(gauge=2.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.node.read(0)
    rig.reads.down = True
    screen = subscribe(rig)
    views = rig.told("view")
    assert [view["error"] for view in views] == ["the store does not answer: down"]
    assert list(screen.take(views).values().values()) == [2.0]
    for value in (3.0, 4.0, 5.0):
        rig.second(gauge=value)
        rig.node.keep_time()
    told = rig.told()
    assert [m["type"] for m in told if m["type"] in ("view", "points")] == ["points"] * 3
    assert list(screen.take(told).values().values()) == [2.0, 3.0, 4.0, 5.0]
    rig.reads.down = False
    rig.clock.advance(shared_view.RETRY_MS)
    rig.node.keep_time()
    (view,) = rig.told("view")
    assert view["error"] is None
    assert list(screen.take([view]).values().values()) == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_store_that_fails_is_left_alone_for_a_while(rig: Rig) -> None:
    """It is asked again every two seconds, not with every look."""
    rig.row(gauge=1.0)
    rig.reads.down = True
    subscribe(rig)
    asked = rig.reads.asked
    for _ in range(7):
        rig.clock.advance(250)
        rig.node.follow()
    assert rig.reads.asked == asked
    rig.clock.advance(250)
    rig.node.follow()
    assert rig.reads.asked > asked


def test_late_rows_that_cannot_be_read_are_told_when_they_can(rig: Rig) -> None:
    """A store that fails under a late notice is said to fail; the rows come with its recovery."""
    rig.row(gauge=1.0)
    screen = subscribe(rig)
    rig.clock.advance(60_000)
    rig.row(age_ms=30_000, gauge=9.0)
    rig.reads.down = True
    rig.node.follow()
    rig.node.follow()
    told = rig.told("view")
    assert told[-1]["error"] is not None
    rig.reads.down = False
    rig.clock.advance(shared_view.RETRY_MS)
    rig.node.follow()
    assert sorted(screen.take(rig.told()).values().values()) == [1.0, 9.0]


def test_all_learn_what_one_that_joined_found_out(rig: Rig) -> None:
    """The first view was whole; when a second meets a store that fails, the first is told so too."""
    rig.row(gauge=1.0)
    subscribe(rig)
    rig.told()
    rig.reads.down = True
    subscribe(rig, outbox=Outbox())
    rig.node.follow()
    assert [view["error"] for view in rig.told("view")] == ["the store does not answer: down"]


def test_the_stream_does_not_wait_for_a_view_that_is_being_read(rig: Rig) -> None:
    """Rows that come while the store is slow are taken at once and told when the view is free."""
    rig.row(gauge=1.0)
    entered, gate = threading.Event(), threading.Event()
    parts = rig.store.parts

    def slow(*arguments: Any, **options: Any) -> object:
        entered.set()
        assert gate.wait(10)
        return parts(*arguments, **options)

    rig.reads.parts = slow
    opening = threading.Thread(target=subscribe, args=(rig,))
    opening.start()
    assert entered.wait(10)
    rig.clock.advance(1_000)
    rig.ingest.post([record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=77)])
    rig.node.read(0)
    assert not gate.is_set()
    gate.set()
    opening.join(10)
    assert list(Screen().take(rig.told()).values().values()) == [1.0, 2.0]


def test_points_go_on_while_the_store_keeps_a_view_waiting(rig: Rig) -> None:
    """Who looks already is told each row at once, though the view is being drawn anew; then all of it."""
    rig.row(gauge=1.0)
    screen = subscribe(rig)
    screen.take(rig.told())
    entered, gate = threading.Event(), threading.Event()

    def hangs(*_: Any, **__: Any) -> object:
        entered.set()
        assert gate.wait(10)
        raise StoreUnavailableError("no answer within 10 s")

    rig.reads.parts = hangs
    rig.node.board.all_stale()
    follower = threading.Thread(target=rig.node.follow)
    follower.start()
    assert entered.wait(10)
    for value in (2.0, 3.0):
        rig.second(gauge=value)
        screen.take(rig.told())
        assert list(screen.values().values())[-1] == value
    gate.set()
    follower.join(10)
    (view,) = rig.told("view")
    assert view["error"] == "the store does not answer: no answer within 10 s"
    assert list(screen.take([view]).values().values()) == [1.0, 2.0, 3.0]


def test_a_view_that_is_asked_for_keeps_nobody_from_following_the_others(rig: Rig) -> None:
    """Who follows does not wait for a view that another opens."""
    rig.row(gauge=1.0)
    subscribe(rig)
    (shared,) = rig.node.board._all()
    shared.stale = True
    with shared._asking:
        rig.node.follow()
        assert shared.stale
    rig.node.follow()
    assert not shared.stale


def test_notices_of_minute_rows_concern_long_steps_alone(rig: Rig) -> None:
    """A view of raw rows asks nothing for them."""
    rig.row(gauge=1.0)
    subscribe(rig)
    subscribe(rig, URL + "&from=now-1h&step_ms=60000", 2)
    now = rig.clock.wall_ms()
    for tier, waiting in (("minute", [0, 1]), ("raw", [1, 2])):
        for shared in rig.node.board._all():
            shared.note_late(Late("h1", ["h1"], tier, now - 900_000, now - 800_000))
        assert [len(shared._late) for shared in rig.node.board._all()] == waiting


def test_one_that_leaves_while_its_view_is_drawn_leaves_no_topic(rig: Rig) -> None:
    """A view that nobody looks at any more is not opened again by the follower."""
    rig.row(gauge=1.0)
    subscribe(rig)
    shared = rig.node.board._all()[0]
    rig.node.board.unsubscribe(rig.outbox)
    shared.stale = True
    shared.follow(rig.node.board.plan)
    assert rig.node.board.watched_topics() == []
    rig.told()
    assert rig.told("view") == []


def test_an_entity_without_rows_in_the_range_is_no_line(rig: Rig) -> None:
    """A view of nothing is live, and draws what comes."""
    screen = subscribe(rig)
    (view,) = rig.told("view")
    assert (view["series"], view["live"]) == ([], True)
    rig.row(gauge=1.0)
    rig.node.keep_time()
    assert list(screen.take(rig.told()).values().values()) == [1.0]


def test_a_range_that_is_past_is_drawn_once(rig: Rig) -> None:
    """What ended before the window is not live: no topic is read for it."""
    rig.row(gauge=1.0)
    rig.clock.advance(120_000)
    subscribe(rig, "metrics=gauge&from=now-5m&to=now-1m")
    (view,) = rig.told("view")
    assert not view["live"]
    assert next(iter(view["columns"].values()))["v"] == [1.0]
    assert rig.node.board.watched_topics() == []


def test_a_view_rests_after_the_store_took_long(rig: Rig) -> None:
    """Notices that come meanwhile are followed together: four times as long as it took, at most two seconds."""
    rig.row(gauge=1.0)
    screen, parts = subscribe(rig), rig.store.parts
    rig.clock.advance(60_000)

    def slow(*arguments: Any, **options: Any) -> object:
        rig.clock.advance(50)
        return parts(*arguments, **options)

    rig.reads.parts = slow
    for value in (8.0, 9.0):
        rig.row(age_ms=round(value) * 5_000, gauge=value)
        began = rig.clock.monotonic_ms()
        rig.node.follow()
        took = rig.clock.monotonic_ms() - began
        if value == 8.0:
            assert sorted(screen.take(rig.told()).values().values()) == [1.0, 8.0]
            rest = took
    assert took == 0
    rig.clock.advance(4 * rest - 1)
    rig.node.follow()
    assert rig.told("points") == []
    rig.clock.advance(1)
    rig.node.follow()
    assert sorted(screen.take(rig.told()).values().values()) == [1.0, 8.0, 9.0]
