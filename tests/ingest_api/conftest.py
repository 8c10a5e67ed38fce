"""An ingest node over a real embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest_api.committer import Committer
from ingest_api.door import Door
from ingest_api.publisher import Publisher
from tests.clocks import HandClock
from tests.ingest_api.posts import WINDOW_MS, Ingest
from tidegauge.cluster.hub import Hub
from tidegauge.cluster.window import FrameWindow
from tidegauge.storage.open import open_store


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[Ingest]:
    """A door with its store, hub and window, and a clock that is turned by hand."""
    clock, hub = HandClock(), Hub()
    store = open_store(f"embedded:{tmp_path}", retention_days=3)
    publisher = Publisher(hub, FrameWindow(2 * WINDOW_MS), clock, WINDOW_MS)
    committer = Committer(store, gather_seconds=0)
    yield Ingest(Door(committer, publisher, clock, 3), store, hub, publisher, clock, committer)
    committer.close()
    store.close()
