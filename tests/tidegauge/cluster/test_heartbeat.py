"""Heartbeats of a connection, by hand."""

from __future__ import annotations

from tidegauge.cluster.heartbeat import PING_SECONDS, SILENT_SECONDS, Heartbeat


def test_a_ping_is_due_at_once_and_then_once_a_second() -> None:
    """Each with the next number."""
    heart = Heartbeat(10.0)
    assert [heart.ping(10.0), heart.ping(10.5), heart.ping(11.0), heart.ping(13.5)] == [1, None, 2, 3]


def test_the_last_ping_is_measured_once() -> None:
    """An answer to another, or a second one, says nothing."""
    heart = Heartbeat(10.0)
    assert heart.answer(0, 10.0) is None
    heart.ping(10.0)
    heart.ping(11.0)
    assert (heart.answer(1, 11.25), heart.answer(2, 11.25), heart.answer(2, 11.5)) == (None, 250.0, None)


def test_a_peer_that_says_nothing_for_long_is_silent() -> None:
    """Whatever it says counts."""
    heart = Heartbeat(10.0)
    assert not heart.is_silent(10.0 + SILENT_SECONDS - 0.1)
    heart.hear(13.0)
    assert not heart.is_silent(10.0 + SILENT_SECONDS)
    assert heart.is_silent(13.0 + SILENT_SECONDS)


def test_there_is_nothing_to_do_until_the_next_ping_or_the_silence() -> None:
    """Never less than nothing."""
    heart = Heartbeat(10.0, silent_seconds=0.5)
    heart.ping(10.0)
    assert (heart.wait(10.0), heart.wait(12.0)) == (0.5, 0.0)
    heart.hear(10.75)
    assert heart.wait(10.75) == PING_SECONDS - 0.75
