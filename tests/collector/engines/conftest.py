"""A scripted engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector.engines.scripted_engine import ScriptedEngine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ScriptedEngine]:
    """A scripted engine that runs: Docker 26."""
    with ScriptedEngine(tmp_path / "engine.sock") as running:
        yield running
