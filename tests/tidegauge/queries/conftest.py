"""A rig for tests of queries: real rows of a real ingest side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.rig import Rig
from tests.app.rig import rig as make_rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A web node over a real ingest side and store."""
    with make_rig(tmp_path) as made:
        yield made
