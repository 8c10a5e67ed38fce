"""Collectors that hold dead letters, or whose disk takes nothing."""

from __future__ import annotations

from app.ailing import ERRORS, EVERY_MS, LETTERS, Ailing, found
from tests.app.rig import Rig
from tests.rows import LATER, record
from tidegauge.metrics import parts


def told(rig: Rig, ailing: Ailing) -> list[dict[str, object]]:
    """What it says when the store has answered."""
    rig.clock.advance(EVERY_MS)
    ailing.told(["h1", "h2"])
    ailing.wait()
    return ailing.told(["h1", "h2"])


def made(rig: Rig) -> Ailing:
    return Ailing(rig.reads, rig.clock.monotonic_ms, rig.clock.wall_ms)  # type: ignore[arg-type]


def test_those_that_have_any_are_told_with_how_many(rig: Rig) -> None:
    """Errors of the last minutes, not of the collector's whole life; letters as they are now."""
    ailing = made(rig)
    rig.row(**{LETTERS: 0.0, ERRORS: 40.0})
    assert told(rig, ailing) == []
    rig.second(**{LETTERS: 2.0, ERRORS: 43.0})
    assert told(rig, ailing) == [{"host": "h1", "letters": 2, "errors": 3}]
    rig.clock.advance(300_000)
    rig.row(**{LETTERS: 0.0, ERRORS: 43.0})
    assert told(rig, ailing) == []


def test_a_collector_that_was_started_again_counts_anew(rig: Rig) -> None:
    """What it counted before is no error of now."""
    now = rig.clock.wall_ms()
    rig.post([record([now - 2_000, now - 1_000], {ERRORS: [40.0, 41.0]}, seq=1)])
    rig.post([record([now - 500, now], {ERRORS: [0.0, 2.0]}, seq=1, incarnation=LATER)])
    assert told(rig, made(rig)) == [{"host": "h1", "letters": 0, "errors": 3}]


def test_it_is_asked_now_and_then_and_nothing_is_known_without_the_store(rig: Rig) -> None:
    """Whoever wants to know never waits."""
    ailing = made(rig)
    rig.row(**{LETTERS: 2.0})
    assert told(rig, ailing)
    asked = rig.reads.asked
    ailing.told(["h1"])
    ailing.wait()
    assert rig.reads.asked == asked
    rig.reads.down = True
    assert told(rig, ailing) == []


def test_nobody_is_asked_about_nobody(rig: Rig) -> None:
    """Without hosts there is no question, and of no parts nothing is found."""
    ailing = made(rig)
    assert ailing.told([]) == list(found(parts.empty())) == []
    ailing.wait()
    assert rig.reads.asked == 0
