"""The gaps beside an answer."""

from __future__ import annotations

from tests.app.rig import Rig
from tests.rows import host
from tidegauge.metrics.gaps import Holder
from tidegauge.metrics.query import Query
from tidegauge.metrics.wire import Queue
from tidegauge.queries import plan
from tidegauge.queries.explained import explained
from tidegauge.queries.known import Known


def test_each_host_of_a_plan_has_its_gaps(rig: Rig) -> None:
    """Those that touch the range, to the host's own now; another host's are not told."""
    for name in ("h1", "h2"):
        rig.row(entity=host(name), gauge=1.0)
    rig.clock.advance(30_000)
    rig.row(entity=host("h1"), gauge=1.0)
    now = rig.clock.wall_ms()

    def asked(start: str, end: str, holder: Holder) -> dict[str, list[tuple[int, int]]]:
        made = plan.make(Query(metrics=("gauge",), start=start, end=end), known, lambda _: "gauge", now)
        found = explained(rig.node.histories, made, lambda _: holder)
        return {name: [(gap.from_ms - now, gap.to_ms - now) for gap in gaps] for name, gaps in found.items()}

    known = {"h1": Known("h1", host("h1"))}
    live, ahead = (Holder("live", now + ms, "", Queue(), 1000) for ms in (0, 60_000))
    assert asked("now-1m", "now", live) == {"h1": [(-30_000, 0)]}
    assert asked("now-1m", "now-40s", live) == {"h1": []}
    known = {"h2": Known("h2", host("h2"))}
    assert asked("now-1m", "now-20s", ahead) == {"h2": [(-30_000, 60_000)]}


def test_a_plan_of_nobody_has_none(rig: Rig) -> None:
    """Nothing is asked for it."""
    made = plan.make(Query(metrics=("gauge",)), {}, lambda _: "gauge", rig.clock.wall_ms())
    assert explained(rig.node.histories, made, rig.node.presence.holder) == {}
