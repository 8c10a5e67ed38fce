"""What happened, as marks and words."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.metrics.records import Event
from tidegauge.queries import lifecycle
from tidegauge.queries.lifecycle import COLUMNS, MOST, URGENCY, Mark

SECOND_NS = 1_000_000_000


def event(kind: str, time_ms: int = 1_000, **attributes: str) -> Event:
    return Event("c1", time_ms * 1_000_000, kind, attributes)


@pytest.mark.parametrize(
    ("happened", "shape", "text"),
    [
        (event("container.started"), "started", "started"),
        (event("container.stopped", reason="exited", exit_code="0"), "stopped", "ended, exit code 0"),
        (event("container.stopped", reason="crashed", exit_code="137"), "crashed", "crashed, exit code 137"),
        (event("container.stopped", reason="killed", exit_code="143"), "stopped", "was stopped, exit code 143"),
        (
            event("container.stopped", reason="oom", exit_code="137"),
            "oom",
            "killed by the kernel: out of memory, exit code 137",
        ),
        (event("container.stopped", reason="gone"), "stopped", "is gone, exit code not known"),
        (event("container.stopped", reason="later"), "stopped", "stopped, exit code not known"),
        (event("container.oom", count="3"), "oom", "out of memory: the kernel killed 3 processes"),
        (event("container.oom", count="1"), "oom", "out of memory: the kernel killed a process"),
        (event("container.health", status="unhealthy"), "unhealthy", "is unhealthy"),
        (event("container.health", status="healthy"), "healthy", "is healthy"),
        (event("container.health", status="odd"), "starting", "health: odd"),
        (event("collector.started"), "collector-started", "collector started"),
        (event("collector.stopped"), "collector-stopped", "collector stopped"),
    ],
)
def test_each_kind_has_its_shape_and_words(happened: Event, shape: str, text: str) -> None:
    """An exit code is said where it is known."""
    (mark,) = lifecycle.marks([happened])
    assert (mark.mark, mark.text, mark.time_ms, mark.entity) == (shape, text, 1_000, "c1")
    assert mark.mark in URGENCY


def test_other_events_have_no_mark() -> None:
    """Claims of gaps are bands; what is not known is left out."""
    assert lifecycle.marks([event("collector.gap"), event("container.renamed"), event("deploy")]) == []


@given(st.text(), st.dictionaries(st.sampled_from(["reason", "exit_code", "status", "count"]), st.text()))
def test_a_strangers_words_stay_short(kind: str, attributes: dict[str, str]) -> None:
    """Whatever stands in an event of whatever kind, its text is bounded."""
    for name in (kind, "container.stopped", "container.oom", "container.health"):
        for mark in lifecycle.marks([event(name, **attributes)]):
            assert len(mark.text) <= 200
            assert mark.mark in URGENCY


def test_a_mark_is_called_as_its_event_says() -> None:
    """By container.name; else it has no name yet."""
    named = Event("c1", SECOND_NS, "container.started", {"container.name": "shop"})
    assert [mark.name for mark in lifecycle.marks([named, event("container.started")])] == ["shop", ""]


def mark(time_ms: int, shape: str) -> Mark:
    return Mark(f"{time_ms} {shape}", time_ms, "c1", "shop", shape, shape)


def test_few_marks_stand_for_themselves() -> None:
    """By time."""
    found = [mark(5, "started"), mark(1, "crashed")]
    assert [(one.mark.time_ms, one.total) for one in lifecycle.stand(found, 0, 10)] == [(1, 1), (5, 1)]


@pytest.mark.slow
@given(st.randoms(use_true_random=False), st.integers(MOST + 1, 3 * MOST))
def test_many_marks_stand_together_and_none_is_lost(random: Random, count: int) -> None:
    """Bounded, by time, every event counted once, and each column still shows its most urgent."""
    found = [mark(random.randrange(100_000), random.choice(sorted(URGENCY))) for _ in range(count)]
    stands = lifecycle.stand(found, 0, 100_000)
    assert len(stands) <= 3 * (COLUMNS + 1)
    assert sum(one.total for one in stands) == len(found)
    assert [one.mark.time_ms for one in stands] == sorted(one.mark.time_ms for one in stands)
    crashed = {one.time_ms // (100_000 // COLUMNS) for one in found if one.mark == "crashed"}
    assert crashed <= {one.mark.time_ms // (100_000 // COLUMNS) for one in stands if one.mark.mark == "crashed"}
