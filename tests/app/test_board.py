"""Who looks at what, and which topics are read for it."""

from __future__ import annotations

from typing import Any

import pytest

from app import board
from app.board import Board
from app.outbox import Outbox
from tests.app import fleet
from tests.app.rig import Rig, Screen
from tests.e2e.programs import eventually
from tests.rows import LATER, host, record
from tidegauge.cluster.frames import entity_topic
from tidegauge.metrics import events
from tidegauge.metrics.query import Query, QueryError
from tidegauge.metrics.ranges import RangeError
from tidegauge.metrics.records import Description, Entity
from tidegauge.queries.known import Known

URL = "metrics=gauge&filter=kind%3Dhost"


def subscribe(rig: Rig, url: str = URL, id: int = 1, outbox: Outbox | None = None) -> Screen:
    rig.node.board.subscribe(outbox or rig.outbox, id, url)
    return Screen(id)


def topics(rig: Rig) -> list[str]:
    return rig.node.board.watched_topics()


def test_two_browsers_share_one_view(rig: Rig) -> None:
    """The second gets the whole view, both get the changes, and each entity's topic is read once."""
    rig.row(gauge=1.0)
    other = Outbox()
    first, second = subscribe(rig), subscribe(rig, "filter=kind%3Dhost&metrics=gauge&from=now-5m", 5, other)
    assert topics(rig) == [entity_topic("h1")]
    rig.second(gauge=2.0)
    told, told_other = rig.told(), rig.told(outbox=other)
    assert [m["type"] for m in told] == [m["type"] for m in told_other] == ["view", "points"]
    assert first.take(told).drawn == second.take(told_other).drawn
    assert list(first.values().values()) == [1.0, 2.0]


def test_one_that_joins_takes_no_point_from_the_others(rig: Rig) -> None:
    """A row that waits in the link when a second browser joins is told to the first all the same."""
    rig.row(gauge=1.0)
    first, other = subscribe(rig), Outbox()
    rig.clock.advance(1_000)
    rig.ingest.post([record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=50)])
    second = subscribe(rig, outbox=other)
    assert list(second.take(rig.told(outbox=other)).values().values()) == [1.0, 2.0]
    assert list(first.take(rig.told()).values().values()) == [1.0, 2.0]


def test_a_join_leaves_late_rows_to_the_others(rig: Rig) -> None:
    """A late notice that was not followed yet when another joined is followed for both."""
    rig.row(gauge=1.0)
    rig.clock.advance(60_000)
    first, other = subscribe(rig), Outbox()
    rig.row(age_ms=40_000, gauge=9.0)
    second = subscribe(rig, outbox=other)
    rig.node.keep_time()
    assert sorted(first.take(rig.told()).values().values()) == [1.0, 9.0]
    assert sorted(second.take(rig.told(outbox=other)).values().values()) == [1.0, 9.0]


def test_a_topic_is_read_as_long_as_somebody_needs_it(rig: Rig) -> None:
    """Each view and each watched host counts; the window lets go with the last."""
    rig.row(gauge=1.0)
    subscribe(rig)
    subscribe(rig, "metrics=counter", 2)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.node.read(0)
    assert topics(rig) == [entity_topic("h1")]
    rig.node.board.unsubscribe(rig.outbox, 1)
    rig.node.board.unsubscribe(rig.outbox, 2)
    assert topics(rig) == [entity_topic("h1")]
    assert len(rig.node.window.rows("h1")) == 1
    rig.node.watch_host(rig.outbox, None, "now-5m")
    assert topics(rig) == []
    assert rig.node.window.rows("h1") == []
    assert not rig.hub.wanted(entity_topic("h1"))


def test_a_browser_that_goes_leaves_nothing(rig: Rig) -> None:
    """`leave` ends all its subscriptions and what it watched."""
    rig.row(gauge=1.0)
    subscribe(rig)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.node.leave(rig.outbox)
    assert topics(rig) == []
    rig.told()
    rig.second(gauge=2.0)
    assert rig.told() == []


def test_a_second_query_under_an_id_replaces_the_first(rig: Rig) -> None:
    """One id shows one query: the changes of the first are told no more."""
    rig.row(gauge=1.0)
    subscribe(rig)
    subscribe(rig, "metrics=gauge&from=now-1h")
    subscribe(rig, "metrics=gauge&from=now-1h")
    rig.told()
    rig.second(gauge=2.0)
    assert len(rig.told("points")) == 1


def test_a_slow_browser_is_dropped_and_the_others_go_on(rig: Rig) -> None:
    """An outbox that is full closes; a browser beside it gets every change."""
    slow = Outbox(depth=3)
    rig.row(gauge=0.0)
    subscribe(rig, outbox=slow)
    fast = subscribe(rig)
    for i in range(5):
        rig.second(gauge=float(i))
    assert slow.closed
    assert slow.overflowed
    assert len(fast.take(rig.told()).drawn) == 6
    assert len(slow.take()) == 3


def test_a_view_is_drawn_anew_when_an_entity_appears_or_changes(rig: Rig) -> None:
    """A host that matches comes into the view, one whose description changed is named anew, others are passed over."""
    rig.row(gauge=1.0)
    screen = subscribe(rig, "metrics=gauge&filter=kind%3Dhost%20fleet%3Ddefault")
    rig.told()
    disk = Entity("h1:disk:a", "disk", "b", 1000, {"host.id": "h1"})
    rig.post([record([rig.clock.wall_ms()], {"gauge": [7.0]}, seq=1, entity=disk)])
    rig.node.keep_time()
    assert rig.told("view") == []
    renamed = host("h1", **{"host.name": "web-9"})
    rig.post([record([rig.clock.wall_ms() + 1], {"gauge": [2.0]}, seq=2, entity=renamed)])
    rig.node.keep_time()
    (view,) = rig.told("view")
    assert view["series"][0]["label"] == "web-9"
    assert sorted(screen.take([view]).values().values()) == [1.0, 2.0]


def test_what_is_told_again_as_it_was_draws_nothing_anew(rig: Rig) -> None:
    """Each entity is described again every minute: views stay as they are."""
    rig.row(gauge=1.0)
    subscribe(rig)
    rig.clock.advance(70_000)
    rig.told()
    rig.row(gauge=2.0)
    rig.node.keep_time()
    assert [message["type"] for message in rig.told()] == ["points"]


def test_an_entity_that_comes_while_a_view_is_planned_is_in_it_soon(rig: Rig) -> None:
    """It is told of once: after the plan was made, and before there is a view to be told."""
    rig.row(gauge=1.0)

    def meanwhile() -> list[Description]:
        if rig.node.entities.note("h2", host("h2"), rig.clock.monotonic_ms()):
            rig.node.board.new_entity(Known("h2", host("h2")))
        return []

    rig.reads.metrics = meanwhile  # type: ignore[attr-defined]
    subscribe(rig, "metrics=other&filter=kind%3Dhost")
    assert topics(rig) == [entity_topic("h1")]
    rig.node.keep_time()
    assert sorted(topics(rig)) == [entity_topic("h1"), entity_topic("h2")]


def test_rows_go_to_the_views_that_show_them(rig: Rig) -> None:
    """Of many views only those of the row's entity are told of it, and one that was left no more."""
    rig.row(gauge=1.0)
    rig.row(gauge=1.0, entity=host("h2"))
    subscribe(rig, "metrics=gauge&filter=host.id%3Dh1", 1)
    subscribe(rig, "metrics=gauge&filter=host.id%3Dh2", 2)
    subscribe(rig, "metrics=gauge", 3)
    rig.told()
    rig.second(gauge=2.0)
    assert {message["id"] for message in rig.told("points")} == {1, 3}
    rig.node.board.unsubscribe(rig.outbox, 1)
    rig.second(gauge=3.0)
    assert [message["id"] for message in rig.told("points")] == [3]


def test_a_dropped_event_erases_what_was_drawn(rig: Rig) -> None:
    """Rows that were published, never stored, and then given up leave window and screens."""
    rig.row(gauge=1.0)
    screen = subscribe(rig)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    now = rig.clock.wall_ms()
    rig.publisher.publish(rig.ingest.header(), now, [record([now - 300], {"gauge": [2.0]}, seq=8)])
    assert sorted(screen.take(rig.told()).values().values()) == [1.0, 2.0]
    rig.clock.advance(1_000)
    event = events.gap("h1", "dropped", now - 400, now - 200, 1, rig.clock.wall_ms())
    rig.post([record([], {}, seq=9, events=[event])])
    rig.node.keep_time()
    assert list(screen.take(rig.told()).values().values()) == [1.0]


def test_a_counter_of_two_collectors_is_drawn_from_both(rig: Rig) -> None:
    """A restart changes the incarnation and no view is lost over it."""
    screen = subscribe(rig, "metrics=counter")
    rig.row(counter=1.0)
    rig.node.keep_time()
    rig.clock.advance(1_000)
    rig.post([record([rig.clock.wall_ms()], {"counter": [6.0]}, incarnation=LATER)])
    assert list(screen.take(rig.told()).values().values())[-1] == 5.0


def test_too_many_series_are_refused(rig: Rig) -> None:
    """A query of more than so many series says to narrow the filter."""
    for i in range(board.MAX_SERIES // 64 + 1):
        rig.node.entities.note("h1", Entity(f"h1:disk:{i}", "disk", "b", 1000, {}), 0)
    names = ",".join(f"m{i}" for i in range(64))
    with pytest.raises(QueryError, match="series are too many; narrow the filter"):
        subscribe(rig, f"metrics={names}")
    with pytest.raises(QueryError, match="points are too many; narrow the filter, or ask for fewer points"):
        subscribe(rig, "metrics=m0&from=now-3d&points=20000")


def test_a_browser_has_so_many_subscriptions(rig: Rig) -> None:
    """One more is refused; those of others do not count."""
    for i in range(board.MAX_SUBSCRIPTIONS):
        subscribe(rig, id=i)
    with pytest.raises(QueryError, match="unsubscribe from some"):
        subscribe(rig, id=-1)
    subscribe(rig, outbox=Outbox())


@pytest.mark.parametrize("url", ["", "metrics=", "metrics=a&metrics=b", "metrics=a&from=now&to=now-1h", "x=1"])
def test_what_is_no_query_is_refused(rig: Rig, url: str) -> None:
    """Bad queries raise QueryError and leave nothing behind."""
    with pytest.raises((QueryError, RangeError)):
        subscribe(rig, url)
    assert topics(rig) == []


def test_one_host_is_planned_by_its_own_now(rig: Rig) -> None:
    """Entities of one host by its clock, of several by the server's."""
    rig.row(offset_ms=-3_600_000, gauge=1.0)
    the_board: Board = rig.node.board
    assert the_board.plan(Query(metrics=("gauge",))).end_ms == rig.clock.wall_ms() - 3_600_000
    rig.node.entities.note("h2", host("h2"), 0)
    assert the_board.plan(Query(metrics=("gauge",))).end_ms == rig.clock.wall_ms()


def test_a_view_of_many_entities_reads_a_metric_of_the_fleet(rig: Rig) -> None:
    """One topic in place of fifty, and the same points; an entity that is new comes by itself."""
    fleet.second(rig, 1, "h07")
    screen = fleet.subscribe(rig, fleet.WIDE)
    assert len(topics(rig)) == len(fleet.HOSTS) - 1
    fleet.second(rig, 2)
    rig.node.keep_time()
    assert topics(rig) == [fleet.TOPIC]
    fleet.second(rig, 3)
    screen.take(rig.told())
    assert fleet.drawn(screen, "h07") == [7.02, 7.03]
    assert {name: fleet.drawn(screen, name)[-1] for name in fleet.HOSTS} == {
        name: place + 0.03 for place, name in enumerate(fleet.HOSTS)
    }


def test_whole_rows_and_single_values_of_an_entity_are_one(rig: Rig) -> None:
    """Where both are read nothing counts twice, and each view has what it shows."""
    fleet.second(rig, 1)
    total = fleet.subscribe(rig, f"{fleet.WIDE}&by=fleet&aggregate=sum", 1)
    one = fleet.subscribe(rig, "metrics=gauge,other&filter=entity%3Dh03", 2)
    assert topics(rig) == [fleet.TOPIC, entity_topic("h03")]
    for seq in (2, 3):
        fleet.second(rig, seq)
    told = rig.told()
    count = len(fleet.HOSTS)
    expected = [sum(range(count)) + count * seq / 100 for seq in (1, 2, 3)]
    assert list(total.take(told).values().values()) == pytest.approx(expected)
    assert fleet.drawn(one.take(told), "h03") == [3.01, 3.02, 3.03, 1.0, 2.0, 3.0]
    assert [row.values for row in rig.node.window.rows("h03")][1:] == [
        {"gauge": 3.02, "other": 2.0},
        {"gauge": 3.03, "other": 3.0},
    ]


def test_a_metric_that_is_read_begins_with_the_window(rig: Rig) -> None:
    """Without the store a view of the fleet has what the ingest node still keeps."""
    for seq in range(1, 4):
        fleet.second(rig, seq)
    rig.reads.down = True
    screen = fleet.subscribe(rig)
    eventually(lambda: len(fleet.drawn(screen.take(rig.told()), "h49")) == 3, what="the window")
    assert {len(fleet.drawn(screen, name)) for name in fleet.HOSTS} == {3}


def test_rows_that_a_metric_brings_stay_when_their_entity_is_watched_no_longer(rig: Rig) -> None:
    """Another page may need them; they go by age, and at once where no metric is read."""
    fleet.second(rig, 1)
    fleet.subscribe(rig)
    rig.node.watch_host(rig.outbox, "h01", "now-5m")
    fleet.second(rig, 2)
    rig.node.watch_host(rig.outbox, None, "now-5m")
    assert rig.node.window.rows("h01")
    rig.node.watch_host(rig.outbox, "h01", "now-5m")
    rig.node.board.unsubscribe(rig.outbox, 1)
    rig.node.watch_host(rig.outbox, None, "now-5m")
    assert (rig.node.window.rows("h01"), topics(rig)) == ([], [])


def test_nodes_of_the_version_before_are_asked_for_entities(rig: Rig) -> None:
    """From when their link is up, until none of them is read; no point is missing meanwhile."""
    link: Any = rig.node._link
    fleet.second(rig, 1)
    screen = fleet.subscribe(rig)
    for seq, can in ((2, False), (3, True)):
        link.has_metrics = lambda can=can: can
        link._subscription.interrupt("the link to an older node is new")
        rig.node.read(0)
        rig.node.keep_time()
        assert (topics(rig) == [fleet.TOPIC]) is can
        fleet.second(rig, seq)
    assert fleet.drawn(screen.take(rig.told()), "h10") == [10.01, 10.02, 10.03]
