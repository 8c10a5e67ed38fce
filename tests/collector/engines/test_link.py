"""The link to one engine."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from collector.engines.link import FIRST_SINCE_SECONDS, SECOND, SETTLING_SECONDS, Link
from collector.engines.told import Told
from tests.collector.engines.scripted_engine import PATIENCE_SECONDS, ScriptedEngine

NOW = 1_700_000_100 * SECOND


@pytest.fixture
def link(engine: ScriptedEngine) -> Iterator[Link]:
    """A link at a fixed time."""
    made = Link(engine.url, NOW, lambda: NOW)
    yield made
    made.close()


def lines(engine: ScriptedEngine) -> list[bytes]:
    """The events of its fixture."""
    return (engine.folder / "events.jsonl").read_bytes().splitlines()


def receive(link: Link, count: int) -> list[Told]:
    """So many events."""
    found: list[Told] = []
    until = time.monotonic() + PATIENCE_SECONDS
    while len(found) < count and time.monotonic() < until and link.sock:
        found += link.receive()
    return found


def test_hears(engine: ScriptedEngine, link: Link) -> None:
    """From a minute back, so that a collector that was started anew misses nothing."""
    engine.tell(*lines(engine))
    assert link.open()
    assert [told.what for told in receive(link, 8)][:3] == ["start", "health", "health"]
    assert engine.since == [(NOW - FIRST_SINCE_SECONDS * SECOND) / SECOND]


def test_comes_again(engine: ScriptedEngine, link: Link) -> None:
    """After a loss it asks from a second before the last event, and tells nothing twice."""
    engine.tell(*lines(engine)[:4])
    link.open()
    first = receive(link, 2)
    engine.end_streams()
    assert receive(link, 1) == []
    assert (link.away, link.due_ns > NOW) == (True, True)
    engine.tell(*lines(engine)[4:])
    link.open()
    again = receive(link, 6)
    assert engine.since[1] == pytest.approx(first[-1].time_ns / SECOND - 1)
    assert not set(first) & set(again)
    assert again[0].what == "health"
    assert link.away


def test_settled(engine: ScriptedEngine) -> None:
    """Some seconds after it is heard again there is nothing more that it has to tell of before."""
    now = [NOW]
    link = Link(engine.url, NOW, lambda: now[0])
    link.open()
    assert link.away
    now[0] += SETTLING_SECONDS * SECOND
    assert not link.away
    link.close()


def test_pauses_grow(engine: ScriptedEngine, link: Link) -> None:
    """An engine that is not there is asked ever more seldom, at most half a minute apart."""
    engine.stop()
    pauses = []
    for _ in range(9):
        assert not link.open()
        pauses.append((link.due_ns - NOW) / SECOND)
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_denied(engine: ScriptedEngine, link: Link) -> None:
    """Without rights nothing is away: nothing is waited for."""
    engine.status = 403
    assert not link.open()
    assert (link.denied, link.away) == (True, False)


def test_a_proxy_that_keeps_events_back(engine: ScriptedEngine, link: Link, caplog: pytest.LogCaptureFixture) -> None:
    """An engine that may be asked but not be heard: rights are missing, which is said once."""
    engine.no_events = True
    for _ in range(3):
        assert link.open()
        assert receive(link, 1) == []
        assert (link.sock, link.denied, link.away) == (None, True, False)
    assert (caplog.text.count("engine_lost"), caplog.text.count("engine_heard")) == (1, 0)


def test_garbage_in_a_stream(engine: ScriptedEngine, link: Link, caplog: pytest.LogCaptureFixture) -> None:
    """A line that is none is passed over, and said."""
    engine.tell(b"garbage", *lines(engine)[:4])
    link.open()
    assert len(receive(link, 2)) == 2
    assert "engine_event_skipped" in caplog.text
