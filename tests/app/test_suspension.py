"""Verdicts while links are broken."""

from __future__ import annotations

import pytest

from app.suspension import BACK_MS, LOOK_MS, STOOD_MS, Suspension
from tests.clocks import HandClock
from tidegauge.cluster.remote import LinkState

UTC_AT = "22:13:20 UTC"
"""HandClock begins there."""


class Cluster:
    """What a node knows of its links, and when each node told of presence last."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.links: list[LinkState] = []
        self.heard: dict[str, float] = {}
        self.youngest = (float("-inf"), "")
        self.suspension = Suspension(
            lambda: self.links,
            lambda node: self.heard.get(node, 0.0),
            lambda _: self.youngest,
            self.clock.monotonic_ms,
            self.clock.wall_ms,
        )

    def lose(self, *nodes: str) -> None:
        """The links to these break now."""
        now_ms = self.clock.monotonic_ms()
        self.links = [LinkState(f"http://u:p@{node}:1", node, "gone", now_ms) for node in nodes]

    def join(self, *nodes: str) -> None:
        """The links to these come up now."""
        now_ms = self.clock.monotonic_ms()
        self.links = [LinkState(f"http://u:p@{node}:1", node, "", now_ms) for node in nodes]

    def after(self, ms: float, known_ms: float = 0.0) -> str:
        """What is said so much later, where it has to be known for so long who was heard."""
        self.clock.advance(ms)
        return self.suspension.reason(self.clock.monotonic_ms() - known_ms)


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


def test_while_all_links_are_there_nothing_is_said(cluster: Cluster) -> None:
    """Verdicts hold."""
    assert cluster.after(0) == ""


def test_it_names_the_links_and_since_when(cluster: Cluster) -> None:
    """One, some, many; the sentence stays the same while nothing changes."""
    cluster.lose("b")
    assert cluster.after(0) == cluster.after(5_000) == f"the link to b is broken since {UTC_AT}"
    cluster.clock.advance(-5_000)
    cluster.lose(*"bcdef")
    cluster.clock.advance(5_000)
    assert cluster.after(LOOK_MS) == f"the links to b, c, d and 2 more are broken since {UTC_AT}"


def test_a_node_whose_name_is_not_known_is_named_by_its_url(cluster: Cluster) -> None:
    """Without user and password; and where no node is known, that is what is said."""
    cluster.links = [LinkState("http://u:p@b:1", "", "gone", cluster.clock.monotonic_ms())]
    assert cluster.after(0).startswith("the link to http://") is True
    assert "u:p" not in cluster.after(0)
    cluster.links = [LinkState("", "", "no ingest node is known", 0.0)]
    assert cluster.after(LOOK_MS) == "no ingest node is known"


def test_a_node_that_is_dead_is_not_waited_for(cluster: Cluster) -> None:
    """Nobody is heard by it."""
    cluster.lose("b", "c")
    cluster.links = [link._replace(dead=True) for link in cluster.links]
    assert cluster.after(0) == ""


def test_a_link_that_came_up_counts_when_its_node_has_told(cluster: Cluster) -> None:
    """For the first time or again: it is up before what the node saw is here. One that tells nothing is not awaited for
    long."""
    cluster.join("b", "c")
    assert cluster.after(LOOK_MS) == "the links to b, c are new, and what was heard meanwhile is not here yet"
    cluster.heard = {"b": cluster.clock.monotonic_ms()}
    assert cluster.after(LOOK_MS) == "the link to c is new, and what was heard meanwhile is not here yet"
    for _ in range(BACK_MS // LOOK_MS - 3):
        assert cluster.after(LOOK_MS)
    assert cluster.after(LOOK_MS) == ""
    cluster.lose("b")
    assert cluster.after(LOOK_MS)
    cluster.join("b")
    assert cluster.after(LOOK_MS)
    cluster.heard = {"b": cluster.clock.monotonic_ms()}
    assert cluster.after(LOOK_MS) == ""


def test_a_process_that_stood_still_waits_for_what_was_heard_meanwhile(cluster: Cluster) -> None:
    """Its links seem to be up, and nothing of them was read for as long."""
    cluster.join("b", "c")
    cluster.heard = {"b": cluster.clock.monotonic_ms(), "c": cluster.clock.monotonic_ms()}
    assert cluster.after(STOOD_MS) == ""
    still = "this node stood still for a while, and what was heard meanwhile is not here yet"
    assert cluster.after(STOOD_MS + 1) == still
    cluster.heard["b"] = cluster.clock.monotonic_ms()
    assert cluster.after(LOOK_MS) == still
    cluster.heard["c"] = cluster.clock.monotonic_ms()
    assert cluster.after(LOOK_MS) == ""


def test_a_node_that_began_just_now_may_have_heard_somebody_before(cluster: Cluster) -> None:
    """It cannot tell what it heard in its life before: until it was there for as long as has to be known."""
    cluster.youngest = (cluster.clock.monotonic_ms(), "b")
    assert cluster.after(2_000, 1_999) == ""
    assert cluster.after(0, 2_001) == f"b began at {UTC_AT}, and what it may have heard before is not known"
    cluster.lose("c")
    assert cluster.after(LOOK_MS, 4_000) == "the link to c is broken since 22:13:22 UTC"
