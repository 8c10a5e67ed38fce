"""Presence: facts merge in any order; verdicts go by arrival."""

from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster import presence
from tidegauge.cluster.frames import Seen
from tidegauge.metrics.wire import Queue


def seen(incarnation: str = "1", seq: int = 1, ago_ms: int = 0, stopping: bool = False, period_ms: int = 1000) -> Seen:
    return Seen("h", "h", incarnation, seq, period_ms, 500_000, 0, Queue(), stopping, ago_ms=ago_ms)


def state_after(ms: float, fact: Seen | None = None) -> str:
    facts = presence.add({}, fact or seen(), 0)
    verdict = presence.judge(facts.values(), ms)
    assert verdict is not None
    return verdict.state


def test_a_host_falls_silent_then_down() -> None:
    """Silent after 4 periods, down after the greater of 15 s and 5 periods."""
    assert [state_after(ms) for ms in (0, 4_000, 4_001, 15_000, 15_001)] == ["live", "live", "silent", "silent", "down"]
    slow = seen(period_ms=10_000)
    assert [state_after(ms, slow) for ms in (40_000, 40_001, 50_001)] == ["live", "silent", "down"]


def test_a_clean_stop_is_shown_at_once_and_stays() -> None:
    """A collector that said it stops is stopped, however long ago."""
    assert state_after(0, seen(stopping=True)) == "stopped"
    assert state_after(60_000, seen(stopping=True)) == "stopped"


def test_the_greatest_incarnation_still_seen_speaks() -> None:
    """Two at once: the later is shown and the overlap is said; when it falls silent the other is."""
    facts = presence.add({}, seen("1"), 3_000)
    facts = presence.add(facts, seen("2"), 1_000)
    verdict = presence.judge(facts.values(), 4_000)
    assert verdict is not None
    assert (verdict.seen.incarnation, verdict.overlap) == ("2", True)
    later = presence.judge(facts.values(), 6_000)
    assert later is not None
    assert (later.seen.incarnation, later.overlap, later.state) == ("1", False, "live")


def test_a_restart_after_a_stop_is_live() -> None:
    """A new incarnation that is seen outweighs the old one's stop."""
    facts = presence.add({}, seen("1", stopping=True), 0)
    facts = presence.add(facts, seen("2"), 1_000)
    verdict = presence.judge(facts.values(), 1_500)
    assert verdict is not None
    assert (verdict.state, verdict.now_ms, verdict.for_ms) == ("live", 500_500, 500)


@given(st.permutations([(f"{i % 2}", i, 100 * i) for i in range(6)]))
def test_the_order_of_facts_does_not_matter(order: list[tuple[str, int, int]]) -> None:
    """Facts that come in any order, aged or fresh, give the same map."""
    facts: presence.Facts = {}
    for incarnation, seq, at in order:
        facts = presence.add(facts, seen(incarnation, seq, ago_ms=1_000 - at), 1_000)
    assert {k: (f.seen.seq, f.at_ms) for k, f in facts.items()} == {("h", "0"): (4, 400), ("h", "1"): (5, 500)}


def test_superseded_incarnations_are_forgotten() -> None:
    """The newest incarnation of a host stays for ever, older ones only while they were just seen."""
    facts = presence.add(presence.add({}, seen("1"), 0), seen("2"), 0)
    assert set(presence.forget(facts, 1_000, 5_000)) == {("h", "1"), ("h", "2")}
    assert set(presence.forget(facts, 6_000, 5_000)) == {("h", "2")}


def test_hosts_lost_for_long_are_forgotten() -> None:
    """The newest incarnation goes too once it was not seen for long enough."""
    facts = presence.add(presence.add({}, seen("1"), 0), seen("2"), 1_000)
    assert set(presence.forget(facts, 10_000, 5_000, 9_000)) == {("h", "2")}
    assert presence.forget(facts, 10_001, 5_000, 9_000) == {}


def test_nothing_is_known_of_an_unheard_host() -> None:
    """No facts, no verdict."""
    assert presence.judge([], 0) is None
