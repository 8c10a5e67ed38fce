"""Hosts that a person has retired."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app import retired
from app.retired import COLLECTION, Retired
from tests.clocks import HandClock
from tidegauge.sessions.memory import Memory
from tidegauge.storage.base import Documents
from tidegauge.storage.open import open_documents


class Node:
    """A web node's view: when it heard which host, and what it read."""

    def __init__(self, documents: Documents, clock: HandClock) -> None:
        self.heard: dict[str, float] = {}
        self.clock = clock
        self.memory = Memory(documents)
        self.retired = Retired(self.heard.get, clock.monotonic_ms)
        self.retired.follow(self.memory, documents)

    def hear(self, host: str) -> None:
        """A collector sends."""
        self.heard[host] = self.clock.monotonic_ms()


Make = Callable[[], Node]


@pytest.fixture
def documents(tmp_path: Path) -> Documents:
    return open_documents(f"embedded:{tmp_path}")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def retire(documents: Documents, host: str, now_ms: int = 1) -> None:
    """As `tidegauge host retire` does."""
    documents.put(COLLECTION, host, retired.document(now_ms))


def test_a_retired_host_is_hidden_on_every_node_that_reads(documents: Documents, clock: HandClock) -> None:
    """Heard before or never; others are not; until somebody restores it."""
    nodes = [Node(documents, clock) for _ in range(2)]
    nodes[0].hear("old")
    retire(documents, "old")
    assert not nodes[0].retired.hides("old")
    for node in nodes:
        node.memory.refresh()
        assert [node.retired.hides(host) for host in ("old", "other")] == [True, False]
        assert node.retired.hidden() == ["old"]
    documents.delete(COLLECTION, "old")
    for node in nodes:
        node.memory.refresh()
        assert not node.retired.hides("old")


def test_a_collector_that_sends_brings_its_host_back(documents: Documents, clock: HandClock) -> None:
    """What was heard in the second of the retirement does not; from then on it is retired no longer, also silent."""
    node, other = Node(documents, clock), Node(documents, clock)
    retire(documents, "h")
    node.memory.refresh()
    clock.advance(1_000)
    node.hear("h")
    assert node.retired.hides("h")
    clock.advance(2_000)
    node.hear("h")
    assert not node.retired.hides("h")
    node.memory.refresh()
    assert documents.list(COLLECTION) == []
    other.memory.refresh()
    assert not other.retired.hides("h")


def test_a_host_can_be_retired_again(documents: Documents, clock: HandClock) -> None:
    """Also where a node did not see that it was no longer."""
    node = Node(documents, clock)
    retire(documents, "h", 1)
    node.memory.refresh()
    clock.advance(10_000)
    node.hear("h")
    documents.delete(COLLECTION, "h")
    retire(documents, "h", 2)
    node.memory.refresh()
    assert node.retired.hides("h")
    assert len(documents.list(COLLECTION)) == 1


def test_a_node_that_starts_anew_hides_what_was_not_heard_since(documents: Documents, clock: HandClock) -> None:
    """By when it reads, not by any clock of who wrote."""
    retire(documents, "h", 10**15)
    node = Node(documents, clock)
    node.hear("h")
    node.memory.refresh()
    assert node.retired.hides("h")
