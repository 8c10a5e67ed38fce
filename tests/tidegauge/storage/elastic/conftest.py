"""Connections to a real server, and a port at which there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.programs import free_port
from tidegauge.storage.elastic.connection import Connection


@pytest.fixture
def connection(elastic: str) -> Iterator[Connection]:
    """A connection to a cluster without anything of ours."""
    opened = Connection(elastic)
    yield opened
    opened.close()


@pytest.fixture
def free_url() -> str:
    """A URL at which nothing listens."""
    return f"http://127.0.0.1:{free_port()}"
