"""Who is in an index, and how the latest row describes each, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rows import LATER, host, record
from tests.tidegauge.storage.contract.opening import NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.elastic import describing
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.describing import Known, Place
from tidegauge.storage.elastic.layout import at

pytestmark = pytest.mark.elasticsearch

TODAY = Place(at("raw", NOW).name, NOW - NOW % DAY, NOW - NOW % DAY + DAY, "raw")


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


def test_the_latest_row_describes(store: FreshStore, elastic: str) -> None:
    """However far back it lies; a look that goes on from another finds what changed."""
    old = record(times(1, NOW - 6 * HOUR), {"gauge": [1.0]}, entity=host("h2", role="old"))
    outcomes(store, record(times(1), {"gauge": [1.0]}), old)
    store.refresh()
    connection = Connection(elastic)
    assert describing.names(connection, TODAY.name) == ["h1", "h2"]
    first = describing.look(connection, TODAY, Known({}), NOW)
    assert first.infos["h2"].entity == host("h2", role="old")
    assert first.infos["h2"].host == "h2"
    outcomes(store, record(times(1, NOW + HOUR), {"gauge": [1.0]}, entity=host(role="db"), incarnation=LATER))
    store.refresh()
    second = describing.look(connection, TODAY, first, NOW)
    assert second.infos["h1"].entity == host(role="db")
    assert (second.infos["h1"].incarnation, second.infos["h1"].last_ms) == (LATER, NOW + HOUR)
    assert second.infos["h2"] == first.infos["h2"]
    connection.close()


def test_an_index_that_is_gone_names_nobody(elastic: str) -> None:
    """It is no error."""
    connection = Connection(elastic)
    assert describing.names(connection, "tidegauge-raw-1999.01.01") == []
    connection.close()
