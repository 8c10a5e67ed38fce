"""The lives of simulated containers."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from collector.simulation.simulated_life import Lives
from collector.simulation.waves import BEGAN
from tests.rows import NOW
from tidegauge.metrics import events

DAY = 86_400
NOON = NOW / 1000


@pytest.mark.parametrize("seed", range(5))
def test_events_and_lives_agree(seed: int) -> None:
    """It is there from each start until the next stop, and each stop says why."""
    lives = Lives(Random(seed), ends=True, checked=False)
    found = [moment for moment in lives.between(NOON, NOON + DAY) if moment[1] != events.CONTAINER_OOM]
    assert len(found) > 100
    for (at, kind, about), (later, after, _) in pairwise(found):
        assert kind != after
        assert bool(lives.at((at + later) / 2)) == (kind == events.CONTAINER_STARTED)
        assert about.get("reason", "killed") in events.STOP_REASONS


def test_every_end_comes() -> None:
    """In a day there are crashes, kills, the end of work, and memory that ran out, which is told before."""
    moments = Lives(Random(1), ends=True, checked=False).between(NOON, NOON + DAY)
    assert {about["reason"] for _, _, about in moments if "reason" in about} == {"crashed", "oom", "killed", "exited"}
    for (_, kind, _), (_, _, about) in pairwise(moments):
        assert (kind == events.CONTAINER_OOM) == (about.get("reason") == "oom")


@pytest.mark.parametrize("ends", [False, True])
def test_health_is_as_it_was_told(ends: bool) -> None:
    """Just after each change the health is what the event said."""
    lives = Lives(Random(2), ends, checked=True)
    found = [
        (at, about["status"]) for at, kind, about in lives.between(NOON, NOON + 5000) if kind == events.CONTAINER_HEALTH
    ]
    assert {status for _, status in found} == set(events.HEALTHS) - (set() if ends else {"starting"})
    assert [lives.health(at + 0.001) for at, _ in found] == [status for _, status in found]


def test_in_pieces_as_in_one() -> None:
    """Nothing is told twice or not at all, however time is cut."""
    lives = Lives(Random(3), ends=True, checked=True)
    pieces = [moment for at in range(5000) for moment in lives.between(NOON + at, NOON + at + 1)]
    assert pieces == lives.between(NOON, NOON + 5000)


def test_one_that_lives_for_ever() -> None:
    """Without an end and without a check nothing happens."""
    lives = Lives(Random(4), ends=False, checked=False)
    assert (lives.between(BEGAN, NOON), lives.health(NOON)) == ([], "")
    life = lives.at(NOON)
    assert life is not None
    assert life.began == BEGAN
