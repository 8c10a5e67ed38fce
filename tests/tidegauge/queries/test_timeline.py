"""A host's timeline: runs of rows, and the gaps between."""

from __future__ import annotations

from tests.app.rig import Rig
from tests.rows import INCARNATION, LATER, host, record, row
from tidegauge.metrics import events
from tidegauge.metrics.gaps import Holder
from tidegauge.metrics.wire import Queue
from tidegauge.queries.timeline import Timeline, load_all

MINUTE_MS = 60_000


def holder(rig: Rig, state: str = "live") -> Holder:
    return Holder(state, rig.clock.wall_ms(), INCARNATION, Queue(), 1000)


def timeline(rig: Rig, name: str = "h1") -> Timeline:
    return Timeline(name, rig.clock.wall_ms() - 5 * MINUTE_MS)


def test_it_is_what_the_store_has(rig: Rig) -> None:
    """Rows before and after a hole; another incarnation after it means a restart."""
    begin = rig.clock.wall_ms()
    rig.row(gauge=1.0)
    rig.clock.advance(30_000)
    rig.post([record([rig.clock.wall_ms()], {"gauge": [1.0]}, incarnation=LATER)])
    line = timeline(rig)
    line.load(rig.node.histories, rig.clock.wall_ms())
    (gap,) = line.gaps(holder(rig))
    assert (gap.from_ms, gap.to_ms, gap.state) == (begin, begin + 30_000, "not_measured")


def test_live_rows_go_on_where_the_store_ends(rig: Rig) -> None:
    """Rows of the stream join the stored ones; twice is as once."""
    rig.row(gauge=1.0)
    line = timeline(rig)
    line.load(rig.node.histories, rig.clock.wall_ms())
    for _ in range(5):
        rig.clock.advance(1_000)
        line.add_rows([row(rig.clock.wall_ms(), gauge=1.0)] * 2)
    assert line.gaps(holder(rig)) == []
    rig.clock.advance(10_000)
    (gap,) = line.gaps(holder(rig, "down"))
    assert (gap.to_ms, gap.state) == (rig.clock.wall_ms(), "unknown")


def test_claims_of_store_and_stream_explain(rig: Rig) -> None:
    """Whether it was stored or is just being told: a claim has its reason."""
    begin = rig.clock.wall_ms()
    rig.row(gauge=1.0)
    rig.clock.advance(30_000)
    claim = events.gap("h1", "dropped", begin + 1_000, begin + 29_000, 29, rig.clock.wall_ms())
    live = timeline(rig)
    live.add_rows([row(begin, gauge=1.0), row(rig.clock.wall_ms(), gauge=1.0)])
    live.add_events([claim])
    rig.post([record([rig.clock.wall_ms()], {"gauge": [1.0]}, seq=2, events=[claim])])
    stored = timeline(rig)
    stored.load(rig.node.histories, rig.clock.wall_ms())
    assert [gap.state for gap in live.gaps(holder(rig))] == ["dropped"]
    assert stored.gaps(holder(rig)) == live.gaps(holder(rig))


def test_several_are_read_together(rig: Rig) -> None:
    """Each has its own rows and claims; one without any has no gaps."""
    for name in ("h1", "h2"):
        rig.row(entity=host(name), gauge=1.0)
    rig.clock.advance(20_000)
    rig.row(entity=host("h2"), gauge=1.0)
    lines = [timeline(rig, name) for name in ("h1", "h2", "h3")]
    now = rig.clock.wall_ms()
    load_all(rig.node.histories, lines, lines[0].start_ms, now + MINUTE_MS, dict.fromkeys(("h1", "h2", "h3"), now))
    gaps = [[gap.state for gap in line.gaps(holder(rig))] for line in lines]
    assert gaps == [["unknown"], ["unknown"], []]
    assert lines[1].gaps(holder(rig))[0].to_ms == rig.clock.wall_ms()
