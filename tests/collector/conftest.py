"""What the collector's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collector.scripted_server import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server that runs."""
    with ScriptedServer() as running:
        yield running
