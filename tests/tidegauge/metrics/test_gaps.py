"""Gaps: every hole has a state and a sentence."""

import pytest

from tidegauge.metrics import events, gaps, runs
from tidegauge.metrics.gaps import Claim, Gap, Holder
from tidegauge.metrics.records import Event
from tidegauge.metrics.runs import Run
from tidegauge.metrics.wire import Queue

S = 1000


def line(first: int, last: int, incarnation: str = "1", received: int = 0) -> Run:
    return Run(first * S, last * S, incarnation, received, S)


def holder(state: str = "live", now: int = 100, queue: Queue | None = None) -> Holder:
    return Holder(state, now * S, "1", queue or Queue(), S)


def find(rows: list[Run], who: Holder, claimed: list[Claim] | None = None) -> list[Gap]:
    return gaps.find(runs.build(rows), claimed or [], who, 0)


HOLE = [line(10, 80), line(90, 100)]


def test_no_hole_no_gap() -> None:
    """Rows without a hole to a fresh end have no gap."""
    assert find([line(10, 100)], holder()) == []


def test_a_silent_host_leaves_what_nobody_knows() -> None:
    """The open end of a silent host is not known until it answers."""
    assert find([line(10, 90)], holder("silent")) == [Gap(90 * S, 100 * S, "unknown", gaps.UNKNOWN)]


def test_the_end_of_a_live_host_is_no_gap_between_two_rows() -> None:
    """Up to four periods without a row are no gap yet."""
    assert find([line(10, 96)], holder()) == []


def test_what_the_queue_reaches_is_waiting() -> None:
    """A hole that the queue reaches back to is waiting, with how much."""
    queue = Queue(10, 81 * S, 89 * S)
    assert find(HOLE, holder(queue=queue)) == [Gap(80 * S, 90 * S, "waiting", "waiting, 10 in its queue")]


def test_rows_that_came_late_say_so() -> None:
    """Late rows are a span of their own; the hole is gone."""
    (gap,) = find([line(10, 80), line(81, 89, received=1_700_000_000_000), line(90, 100)], holder())
    assert (gap.from_ms, gap.to_ms, gap.state) == (81 * S, 89 * S, "late")
    assert gap.text == "arrived late, by 22:13:20 UTC"


@pytest.mark.parametrize(
    ("reason", "state", "text"),
    [
        ("stopped", "not_measured", "not measured: the collector did not run"),
        ("skipped", "not_measured", "not measured: the host was too busy"),
        ("clock", "not_measured", "not measured: the host's clock was set"),
        ("dropped", "dropped", "dropped: 9 ticks were taken and given up"),
    ],
)
def test_a_claimed_hole_has_its_reason(reason: str, state: str, text: str) -> None:
    """The collector's own word on a hole wins."""
    claimed = [Claim(80 * S, 90 * S, reason, "9")]
    assert find(HOLE, holder(), claimed) == [Gap(80 * S, 90 * S, state, text)]


def test_a_claim_elsewhere_explains_nothing() -> None:
    """A claim must cover at least half of the hole."""
    (gap,) = find(HOLE, holder(), [Claim(20 * S, 82 * S, "stopped", "")])
    assert gap.state == "unknown"


def test_a_restart_whose_queue_does_not_reach_was_not_measured() -> None:
    """An unclaimed hole before a newer incarnation was not measured."""
    (gap,) = find([line(10, 80), line(90, 100, "2")], holder())
    assert (gap.state, gap.text) == ("not_measured", "not measured: the collector restarted")


def test_a_stopped_collector_measures_nothing() -> None:
    """The open end after a clean stop is a gap with its reason."""
    (gap,) = find([line(10, 80)], holder("stopped"))
    assert (gap.from_ms, gap.to_ms, gap.text) == (80 * S, 100 * S, "not measured: the collector is stopped")


def test_claims_are_read_from_events_and_nonsense_is_none() -> None:
    """Only gap events with whole numbers are claims."""
    good = events.gap("h", "dropped", 1, 2, 3, 4)
    bad = Event("h", 1, events.GAP, {"from_ms": "x", "to_ms": "2"})
    assert gaps.claims([good, bad, Event("h", 1, "other", {})]) == [Claim(1, 2, "dropped", "3")]
