"""What the collector's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from collector.workers import Lanes, lanes
from tests.collector.scripted_server import PATIENCE_SECONDS, ScriptedServer
from tests.collector.sender_bench import Bench


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server that runs."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def threads() -> Iterator[Lanes]:
    """The threads of one sender."""
    made = lanes(1)
    yield made
    made.close(PATIENCE_SECONDS)


@pytest.fixture
def bench(server: ScriptedServer, threads: Lanes) -> Bench:
    """A sender to the scripted server."""
    return Bench([server.url], threads)
