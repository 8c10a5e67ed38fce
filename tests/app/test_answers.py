"""One query answered once."""

from __future__ import annotations

import pytest

from app import answers
from tests.app.rig import Rig
from tests.minutes import summary
from tests.rows import LATER, host, record
from tidegauge.metrics.query import Query, from_url
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import StoreError


def ask(rig: Rig, url: str) -> dict[str, object]:
    return answers.answer(rig.node, from_url(url))


def test_an_answer_names_range_step_series_and_values(rig: Rig) -> None:
    """A step not above the period gives rows at their own times, `step_ms` 0."""
    now = rig.clock.wall_ms()
    rig.post([record([now - 2_000, now - 1_000, now], {"gauge": [1.0, None, 3.0]})])
    assert ask(rig, "metrics=gauge&from=now-1m&filter=kind%3Dhost") == {
        "query": "metrics=gauge&filter=kind%3Dhost&from=now-1m",
        "from_ms": now - 60_000,
        "to_ms": now,
        "step_ms": 0,
        "source": "raw",
        "series": [
            {
                "entity": "h1",
                "name": "h1",
                "metric": "gauge",
                "label": "h1",
                "unit": "",
                "kind": "gauge",
                "time_ms": [now - 2_000, now],
                "value": [1.0, 3.0],
            }
        ],
        "gaps": {"h1": []},
    }


def test_rows_that_are_not_committed_yet_are_there(rig: Rig) -> None:
    """What the window has and the store has not is part of the answer, once."""
    rig.row(gauge=1.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.clock.advance(1_000)
    rig.publisher.publish(rig.ingest.header(), 0, [record([rig.clock.wall_ms()], {"gauge": [2.0]}, seq=9)])
    rig.node.read(0)
    (series,) = ask(rig, "metrics=gauge")["series"]  # type: ignore[misc]
    assert series["value"] == [1.0, 2.0]


def test_gaps_of_all_hosts_in_the_range_are_told(rig: Rig) -> None:
    """Each host's holes with their reasons; those outside of the range are not."""
    begin = rig.clock.wall_ms()
    for name in ("h1", "h2"):
        rig.row(entity=host(name), gauge=1.0)
    rig.clock.advance(30_000)
    rig.post([record([rig.clock.wall_ms()], {"gauge": [2.0]}, incarnation=LATER)])
    gaps = ask(rig, "metrics=gauge&from=now-1m")["gaps"]
    assert gaps["h1"] == [  # type: ignore[index]
        {
            "from_ms": begin,
            "to_ms": begin + 30_000,
            "state": "not_measured",
            "text": "not measured: the collector restarted",
        }
    ]
    assert [gap["state"] for gap in gaps["h2"]] == ["unknown"]  # type: ignore[index]
    assert ask(rig, f"metrics=gauge&from={begin - 60_000}&to={begin}")["gaps"] == {"h1": [], "h2": []}


def hour(rig: Rig) -> str:
    """A query of an hour in the past, with rows and minute rows of every minute, and of 15 min after it."""
    begin = rig.clock.wall_ms() - 120 * MINUTE
    begin -= begin % (60 * MINUTE)
    for minute in range(0, 75 * MINUTE, MINUTE):
        raw = record([begin + minute + 5_000 * i for i in range(12)], {"gauge": [1.0] * 12}, seq=minute)
        rig.post([raw, summary(raw, seq=minute + 1)])
    return f"metrics=gauge&from={begin}&to={begin + 60 * MINUTE}"


def test_what_is_closed_is_answered_without_the_store(rig: Rig) -> None:
    """Parts and gaps come from memory the second time."""
    url = hour(rig) + "&step_ms=10000"
    first = ask(rig, url)
    rig.reads.parts = rig.reads.coverage = rig.reads.events = None
    assert ask(rig, url) == first
    assert len(first["series"][0]["time_ms"]) == 360  # type: ignore[index]


@pytest.mark.parametrize(("step", "source"), [(10_000, "raw"), (MINUTE, "minute"), (15 * MINUTE, "minute")])
def test_an_answer_names_the_rows_that_it_rests_on(rig: Rig, step: int, source: str) -> None:
    """Minute rows at long steps; the values are the same."""
    answer = ask(rig, f"{hour(rig)}&step_ms={step}")
    assert answer["source"] == source
    assert {value for series in answer["series"] for value in series["value"]} == {1.0}  # type: ignore[attr-defined]


def test_what_ends_now_rests_on_both(rig: Rig) -> None:
    """Minute rows, and the raw rows that they do not reach."""
    hour(rig)
    rig.row(gauge=1.0)
    assert ask(rig, "metrics=gauge&from=now-3h&step_ms=60000")["source"] == "minute+raw"


def test_a_hole_beyond_the_range_is_followed_to_its_end(rig: Rig) -> None:
    """Of a host whose rows did not go on soon all is read to now: the gap has the end that it has."""
    begin = rig.clock.wall_ms() - 2_000 * MINUTE
    begin -= begin % MINUTE
    rig.post([record([begin], {"gauge": [1.0]}, seq=1)])
    rig.post([record([begin + 300 * MINUTE], {"gauge": [1.0]}, incarnation=LATER)])
    gaps = ask(rig, f"metrics=gauge&from={begin - MINUTE}&to={begin + 10 * MINUTE}")["gaps"]
    gap = gaps["h1"][-1]  # type: ignore[index]
    assert (gap["from_ms"], gap["to_ms"], gap["state"]) == (begin, begin + 300 * MINUTE, "not_measured")


def test_a_group_has_no_entity(rig: Rig) -> None:
    """Series put together by an attribute carry its value as name."""
    rig.row(gauge=1.0)
    rig.row(entity=host("h2"), gauge=3.0)
    (series,) = ask(rig, "metrics=gauge&by=fleet&aggregate=sum")["series"]  # type: ignore[misc]
    assert (series["entity"], series["name"], series["value"]) == ("", "default", [4.0])


def test_nothing_matches_nothing(rig: Rig) -> None:
    """A filter that nothing matches gives no series and no gaps."""
    answer = ask(rig, "metrics=gauge&filter=kind%3Ddisk")
    assert (answer["series"], answer["gaps"]) == ([], {})


def test_without_the_store_there_is_no_answer(rig: Rig) -> None:
    """Half of the truth would be none: StoreError."""
    rig.row(gauge=1.0)
    rig.reads.down = True
    with pytest.raises(StoreError):
        answers.answer(rig.node, Query(metrics=("gauge",)))
