"""Whether web nodes make the same of hosts."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from app.agreement import BUCKETS, DIFFER_MS, SETTLED_MS, Agreement, differing, digest
from tests.app.verdicts import verdict
from tidegauge.cluster.presence import State, Verdict
from tidegauge.metrics.steps import HOUR

Told = list[tuple[str, Verdict | None]]


def hosts(states: Iterable[State], **fields: float) -> Told:
    return [(f"h{i}", verdict(f"h{i}", state, **fields)) for i, state in enumerate(states)]


def settled(told: Told, now_ms: float = 0) -> Agreement:
    """A node that saw this for long."""
    made = Agreement()
    for passed_ms in (0, 2 * SETTLED_MS):
        made.note(told, now_ms - 2 * SETTLED_MS + passed_ms)
    return made


def test_nodes_that_see_the_same_say_the_same_in_any_order() -> None:
    """Of many hosts; incarnation and state count, and nothing else."""
    told = hosts(["live"] * 99 + ["down"])
    one, other = settled(told), settled([*reversed(told), ("h999", None)])
    assert one.digest == other.digest != digest({})
    assert settled(hosts(["live"] * 100)).digest != one.digest
    another_life = [("h0", verdict("h0", "live", incarnation="2-b")), *told[1:]]
    assert len(differing(settled(another_life).digest, one.digest)) == 1


def test_nothing_is_said_before_verdicts_settled_and_nothing_of_what_just_changed() -> None:
    """Nodes learn of a change at slightly different times."""
    node = Agreement()
    node.note(hosts(["live", "live"]), 0)
    assert node.digest == ""
    node.note(hosts(["live", "live"]), 2 * SETTLED_MS)
    both = node.digest
    node.note(hosts(["live", "silent"]), 2 * SETTLED_MS + 1)
    assert node.digest == settled(hosts(["live"])).digest != both
    node.note(hosts(["live", "silent"]), 3 * SETTLED_MS + 1)
    assert node.digest == settled(hosts(["live", "silent"])).digest


def test_a_host_not_seen_for_long_has_no_part() -> None:
    """Nodes forget it at different times."""
    assert settled(hosts(["down"], for_ms=HOUR + 1)).digest == digest({})


def test_a_difference_counts_when_it_lasts_and_ends_at_once() -> None:
    """In how many buckets, by node; one whose digest is not known, or is of another form, differs in nothing."""
    node = settled(hosts(["live", "live", "live"]))
    theirs = {"w2": settled(hosts(["live", "down", "live"])).digest, "w3": node.digest, "w4": "", "w5": "0" * 99}
    node.compare(theirs, 0)
    node.compare(theirs, DIFFER_MS)
    assert node.differing == {}
    node.compare(theirs, DIFFER_MS + 1)
    assert node.differing == {"w2": 1}
    node.compare({"w2": node.digest}, DIFFER_MS + 2)
    assert node.differing == {}


def test_differences_that_come_and_go_count_for_nothing() -> None:
    """Of many hosts that change one after the other each differs for a moment."""
    node = settled(hosts(["live"] * 50))
    for second in range(50):
        states: list[State] = ["live"] * 50
        states[second] = "down"
        node.compare({"w2": settled(hosts(states)).digest}, second * 1_000)
        node.compare({"w2": node.digest}, second * 1_000 + 500)
        assert node.differing == {}


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_a_node_says_is_compared(one: str, other: str) -> None:
    """Texts of another length differ in nothing, others in at most all buckets."""
    assert len(differing(one, other)) <= BUCKETS
    assert differing(one, one) == []
