"""One live query: what is drawn live is what a reload draws."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.app.rig import Rig, Screen
from tests.app.rig import rig as make_rig
from tests.clocks import HandClock
from tests.minutes import summary
from tests.rows import LATER, host, record
from tidegauge.metrics.records import Entity, Record

HOUR_MS = 3_600_000
RANGES = ("now-1m", "now-5m", "now-15m", "now-1h", "now-6h")
STEPS = ("now-5m", "now-15m", "now-6h")
"""Rows, buckets narrower and wider than the window."""
FEW = settings.default.max_examples // 6
BOTH = "metrics=counter,gauge&filter=kind%3Dhost&from="


def subscribe(rig: Rig, url: str, id: int = 1) -> Screen:
    rig.node.board.subscribe(rig.outbox, id, url)
    return Screen(id)


def reloaded(rig: Rig, url: str) -> Screen:
    """The same query, opened anew by another browser."""
    screen = subscribe(rig, url, id=99).take(rig.told())
    rig.node.board.unsubscribe(rig.outbox, 99)
    return screen


def run(rig: Rig, seconds: int, begin: int = 0) -> None:
    """Rows a second, a counter that is once begun anew at 40."""
    for i in range(begin, begin + seconds):
        rig.second(gauge=float(i % 13), counter=float(1500 + 7 * i if i < 30 else 40 + 5 * i))


@pytest.mark.parametrize("start", STEPS)
def test_a_reload_changes_nothing(rig: Rig, start: str) -> None:
    """Points drawn live equal those of a view opened later, at every range."""
    run(rig, 3)
    live = subscribe(rig, BOTH + start)
    run(rig, 40, begin=3)
    live.take(rig.told())
    assert len(live.drawn) > 2
    again = reloaded(rig, BOTH + start)
    first = max(min(bucket for _, _, bucket in again.drawn), min(bucket for _, _, bucket in live.drawn))
    assert {k: v for k, v in live.drawn.items() if k[2] >= first} == {
        k: v for k, v in again.drawn.items() if k[2] >= first
    }


@pytest.mark.parametrize("start", STEPS)
def test_a_restarted_server_draws_the_same(tmp_path: Path, start: str) -> None:
    """With an empty window all comes from the store: the same points."""
    clock = HandClock()
    with make_rig(tmp_path, clock) as before:
        run(before, 40)
        live = subscribe(before, BOTH + start).take(before.told())
    with make_rig(tmp_path, clock) as after:
        again = subscribe(after, BOTH + start).take(after.told())
        assert again.drawn == live.drawn
        assert again.drawn


def test_a_row_that_comes_twice_is_drawn_once(rig: Rig) -> None:
    """A resend within the window changes no point, however it was answered."""
    url = "metrics=gauge&from=now-6h&aggregate=sum"
    live = subscribe(rig, url)
    one = record([rig.clock.wall_ms()], {"gauge": [3.0]})
    rig.post([one])
    rig.post([one])
    rig.node.keep_time()
    rig.post([one])
    assert list(live.take(rig.told()).values().values()) == [3.0]


def test_late_rows_land_where_they_belong(rig: Rig) -> None:
    """Rows older than the window come through a late notice and equal a reload."""
    run(rig, 5)
    live = subscribe(rig, BOTH + "now-5m")
    for age_ms in (40_500, 25_500, 12_500):
        rig.row(age_ms=age_ms, gauge=99.0, counter=1.0)
    rig.node.keep_time()
    live.take(rig.told())
    assert list(live.values().values()).count(99.0) == 3
    assert live.drawn == reloaded(rig, BOTH + "now-5m").drawn


@pytest.mark.parametrize("start", STEPS)
def test_late_rows_change_their_bucket_and_the_one_behind(rig: Rig, start: str) -> None:
    """At every step a late row's bucket and its neighbour's edge are told anew."""
    run(rig, 45)
    live = subscribe(rig, BOTH + start).take(rig.told())
    rig.row(age_ms=31_500, gauge=50.0, counter=1500.0 + 7 * 27)
    rig.node.keep_time()
    live.take(rig.told())
    assert live.drawn == reloaded(rig, BOTH + start).drawn


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=FEW)
@given(ages=st.lists(st.integers(0, 60), min_size=1, max_size=25, unique=True), start=st.sampled_from(RANGES))
@example(ages=[0, 16, 1, 2, 19], start="now-15m")
def test_any_order_of_arrival_ends_as_a_reload_would(
    ages: list[int], start: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows of any age in any order, live or late: the screen ends as a reload draws it."""
    with make_rig(tmp_path_factory.mktemp("order")) as rig:
        live = subscribe(rig, BOTH + start)
        rig.row(gauge=1.0, counter=1.0)
        rig.clock.advance(60_400)
        for age in ages:
            rig.row(age_ms=1000 * age, gauge=float(age), counter=float(5000 - age))
            rig.node.keep_time()
        live.take(rig.told())
        again = reloaded(rig, BOTH + start)
        first = min(bucket for _, _, bucket in again.drawn)
        assert {k: v for k, v in live.drawn.items() if k[2] >= first} == again.drawn


GROUPED = (
    "metrics=counter,gauge&by=fleet&aggregate=sum&from=",
    "metrics=counter,gauge&by=fleet&aggregate=max&from=",
    "metrics=counter&rate=increase&from=",
    "metrics=gauge&aggregate=last&from=",
)
HOSTS = ((host("h1"), 0), (host("h2"), -7_000), (host("h3", fleet="blue"), -3_600_000))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=FEW)
@given(
    arrivals=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 45)), min_size=1, max_size=20, unique=True),
    url=st.sampled_from(GROUPED),
    start=st.sampled_from(["now-5m", "now-1h", "now-6h"]),
)
def test_groups_of_hosts_whose_clocks_differ_end_as_a_reload_would(
    arrivals: list[tuple[int, int]], url: str, start: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Put together or not, rates, increases or values: the open ends are whole, and equal to a reload."""
    with make_rig(tmp_path_factory.mktemp("groups")) as rig:
        live = subscribe(rig, url + start)
        for number, age in arrivals:
            entity, offset_ms = HOSTS[number]
            rig.clock.advance(400)
            rig.row(1000 * age, offset_ms, entity, gauge=float(age), counter=float(9000 - 7 * age))
            rig.node.keep_time()
        live.take(rig.told())
        again = reloaded(rig, url + start)
        first = min((bucket for _, _, bucket in again.drawn), default=0)
        assert {k: v for k, v in live.drawn.items() if k[2] >= first} == again.drawn


@pytest.mark.parametrize("aggregate", ["sum", "avg"])
def test_a_member_that_ended_does_not_spoil_its_group(rig: Rig, aggregate: str) -> None:
    """A group goes on exactly when one of its entities falls silent for long."""
    disks = [Entity(f"h1:disk:{name}", "disk", "b", 1000, {"host.id": "h1"}) for name in "ab"]
    url = f"metrics=gauge&filter=kind%3Ddisk&by=host.id&aggregate={aggregate}&from=now-15m"
    live = subscribe(rig, url)
    for second in range(60):
        rig.clock.advance(1_000)
        for disk in disks if second < 20 else disks[:1]:
            rig.row(entity=disk, gauge=float(second))
    rig.node.keep_time()
    live.take(rig.told())
    again = reloaded(rig, url)
    assert live.drawn == again.drawn
    assert len(again.drawn) > 20


def test_top_and_by_go_together(rig: Rig) -> None:
    """The groups with the greatest means are kept, and stay live."""
    url = "metrics=gauge&by=host.id&top=1&from=now-5m"
    for entity, offset_ms in HOSTS[:2]:
        rig.row(offset_ms=offset_ms, entity=entity, gauge=5.0 if entity.id == "h2" else 1.0)
    live = subscribe(rig, url)
    rig.clock.advance(2_000)
    for entity, offset_ms in HOSTS[:2]:
        rig.row(offset_ms=offset_ms, entity=entity, gauge=7.0)
    live.take(rig.told())
    assert sorted(value for value in live.values().values() if value) == [5.0, 7.0]


@pytest.mark.slow
@pytest.mark.parametrize("step_ms", [60_000, 300_000])
def test_minute_rows_change_nothing_that_is_drawn(rig: Rig, step_ms: int) -> None:
    """What was drawn live, of single rows, is what a reload draws of minute rows; a late minute too."""
    url = f"{BOTH}now-30m&step_ms={step_ms}"
    live, minute, kept = subscribe(rig, url), list[Record](), list[Record]()
    for i in range(20 * 12):
        rig.clock.advance(5_000)
        raw = record([rig.clock.wall_ms()], {"gauge": [float(i % 13)], "counter": [float(7 * i)]}, seq=2 * i)
        if minute and minute[0].blocks[0].times[0] // 60_000 < rig.clock.wall_ms() // 60_000:
            kept.append(summary(*minute, seq=2 * i + 1))
            if len(kept) != 5:
                rig.post([kept[-1]])
            minute.clear()
        minute.append(raw)
        rig.post([raw])
    rig.post([kept[4]])
    rig.node.keep_time()
    live.take(rig.told())
    again = subscribe(rig, url, id=99)
    (view,) = rig.told("view")
    assert view["source"] == "minute+raw"
    assert live.drawn == again.take([view]).drawn
    assert len(again.drawn) >= 2 * 20 * 60_000 // step_ms


def test_a_late_row_tells_no_half_bucket(rig: Rig) -> None:
    """Buckets behind a late row's own are told whole or not at all."""
    run(rig, 120)
    live = subscribe(rig, BOTH + "now-1h").take(rig.told())
    rig.row(age_ms=90_500, gauge=500.0)
    rig.node.keep_time()
    live.take(rig.told())
    assert live.drawn == reloaded(rig, BOTH + "now-1h").drawn


def test_a_clock_that_is_set_back_stops_no_view(rig: Rig) -> None:
    """Rows of a host whose clock went back an hour are drawn at once, where its clock says."""
    run(rig, 3)
    live = subscribe(rig, BOTH + "now-5m")
    for second in range(4):
        rig.clock.advance(1_000)
        rig.post(
            [record([rig.clock.wall_ms() - HOUR_MS], {"gauge": [100.0 + second]}, seq=second, incarnation=LATER)],
            -HOUR_MS,
        )
        rig.node.keep_time()
    live.take(rig.told())
    assert {100.0, 101.0, 102.0, 103.0} <= set(live.values().values())


def test_a_host_an_hour_off_is_live(rig: Rig) -> None:
    """Boundaries follow the host's own clock, and so does now."""
    rig.row(offset_ms=-HOUR_MS, gauge=1.0)
    live = subscribe(rig, "metrics=gauge&filter=kind%3Dhost")
    (view,) = (m for m in rig.told("view"))
    assert abs(view["now_ms"] - (rig.clock.wall_ms() - HOUR_MS)) <= 1
    rig.clock.advance(1_000)
    rig.row(offset_ms=-HOUR_MS, gauge=2.0)
    assert list(live.take([view, *rig.told()]).values().values()) == [1.0, 2.0]


def test_of_two_collectors_on_one_host_the_later_is_shown(rig: Rig) -> None:
    """Both halves are kept; where the spans intersect the greater incarnation counts."""
    live = subscribe(rig, "metrics=gauge&filter=kind%3Dhost&from=now-6h")
    now = rig.clock.wall_ms()
    now -= now % 60_000
    rig.clock.advance(60_000)
    rig.post([record([now + 1000 * i for i in range(0, 20)], {"gauge": [1.0] * 20}, seq=1)])
    rig.post([record([now + 1000 * i + 500 for i in range(10, 30)], {"gauge": [3.0] * 20}, incarnation=LATER)])
    rig.node.keep_time()
    assert live.take(rig.told()).values()[now] == 3.0
    coverage = rig.store.coverage(["h1"], now, now + 60_000, 60_000)
    assert sorted(coverage.rows.tolist()) == [20, 20]


def test_new_entities_join_the_views_that_they_match(rig: Rig) -> None:
    """A host that appears is drawn in an open view of all hosts, at once."""
    live = subscribe(rig, "metrics=gauge&filter=kind%3Dhost")
    rig.row(gauge=1.0)
    rig.node.keep_time()
    live.take(rig.told())
    assert {entity for entity, _, _ in live.drawn} == {"h1"}


def test_html_in_a_name_stays_text(rig: Rig) -> None:
    """A hostile host name passes through as the text it is."""
    name = "<img src=x onerror=alert(1)>"
    rig.post([record([rig.clock.wall_ms()], {"gauge": [1.0]}, entity=host("h1", **{"host.name": name}))])
    subscribe(rig, "metrics=gauge")
    (view,) = rig.told("view")
    assert view["series"][0]["label"] == name
