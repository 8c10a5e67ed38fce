"""The ingest side of a server, put together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.ingest_side import IngestSide, create_ingest_side
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tidegauge import settings
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Working
from tidegauge.cluster.shard_frames import Shard
from tidegauge.storage.base import StoreUnavailableError
from tidegauge.storage.open import open_store


class Retained:
    """A store whose upkeep fails the first time."""

    writers, refresh_ms = 1, 0

    def __init__(self) -> None:
        self.asked: list[int] = []

    def retain(self, now_ms: int) -> list[str]:
        self.asked.append(now_ms)
        raise StoreUnavailableError("down")


@contextmanager
def side(store: object) -> Iterator[IngestSide]:
    made = create_ingest_side(settings.read({"node": "n1"}, {}), store, HandClock(), 10_000)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def test_a_new_reader_is_told_how_the_node_does(tmp_path: Path) -> None:
    """With what else the node knows, under the node's name."""
    store = open_store(f"embedded:{tmp_path}", retention_days=3)
    with side(store) as made:
        shard, word = made.open_link().take(0)
        assert isinstance(frames.decode(shard.frame), Shard)
        told = frames.decode(word.frame)
        assert isinstance(told, Working)
        assert (word.topic, told.node, told.readers) == (NODE_TOPIC, "n1", 1)
    store.close()


def test_upkeep_that_fails_is_tried_again_later() -> None:
    """A store that is down ends nothing."""
    store = Retained()
    with side(store) as made:
        eventually(lambda: store.asked, what="the upkeep")
        assert made.alive


@pytest.mark.parametrize("part", ["committer", "pulse", "beats"])
def test_a_part_that_ended_is_noticed(part: str) -> None:
    """A node that tells nobody anything looks dead to its readers: it is not ready."""
    with side(Retained()) as made:
        assert made.alive
        getattr(made, part).close()
        assert not made.alive


def test_closing_ends_its_readers_and_its_threads(tmp_path: Path) -> None:
    """Streams first, then the group commit."""
    before = set(threading.enumerate())
    store = open_store(f"embedded:{tmp_path}", retention_days=3)
    with side(store) as made:
        link = made.open_link()
    assert link.closed
    assert not made.alive
    store.close()
    eventually(lambda: set(threading.enumerate()) <= before, what="the end of its threads")
