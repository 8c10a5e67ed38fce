"""Descriptions of metrics on a real server."""

from __future__ import annotations

import pytest

from tests.elasticsearch.server import ask
from tests.rows import INCARNATION, record
from tests.tidegauge.storage.contract.opening import arrival, times
from tidegauge.metrics.records import Column, Description, Record
from tidegauge.storage.base import Arrival, StoreUnavailableError
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.descriptions import Descriptions
from tidegauge.storage.elastic.layout import DOCUMENTS
from tidegauge.storage.elastic.setup import Setup

pytestmark = pytest.mark.elasticsearch

SIZE = Description("gauge", "gauge", "By", "a size", "a / b", 0)


@pytest.fixture
def setup(connection: Connection) -> Setup:
    """A cluster that is ready."""
    made = Setup(connection)
    made.ensure()
    return made


@pytest.fixture
def descriptions(connection: Connection, setup: Setup) -> Descriptions:
    """Nothing is known yet."""
    return Descriptions(connection, setup)


def described(*metrics: Description) -> Arrival:
    """What a collector sends when it starts."""
    return arrival(Record(host="h1", incarnation=INCARNATION, seq=0, metrics=list(metrics)))


def seen(descriptions: Descriptions, connection: Connection) -> dict[str, Description]:
    """All that are stored."""
    connection.call("POST", f"/{DOCUMENTS}/_refresh")
    return {one.name: one for one in descriptions.all()}


def test_the_latest_description_is_kept(descriptions: Descriptions, connection: Connection) -> None:
    """And known at once for mapping."""
    column = Column("gauge", "gauge")
    assert descriptions.of(column) == Description("gauge", "gauge", "", "")
    old = Description("gauge", "gauge", "s", "old")
    for one in (old, SIZE, SIZE):
        descriptions.learn([described(one)])
    assert descriptions.of(column) == SIZE
    assert seen(descriptions, connection) == {"gauge": SIZE}


def test_what_nobody_described_is_bare(descriptions: Descriptions, connection: Connection) -> None:
    """And never replaces what somebody did, through whichever node."""
    other = Descriptions(connection, Setup(connection))
    rows = arrival(record(times(1), {"gauge": [1.0], "counter": [1.0]}))
    other.learn([rows])
    descriptions.learn([described(SIZE)])
    stored = seen(descriptions, connection)
    other.forget()
    other.learn([rows])
    assert (
        seen(descriptions, connection)
        == stored
        == {"gauge": SIZE, "counter": Description("counter", "counter", "", "")}
    )
    assert other.of(Column("gauge", "gauge")) == SIZE


def test_the_catalogue_is_known(descriptions: Descriptions) -> None:
    """Until somebody describes a metric of it otherwise; never as another kind."""
    column = Column("system.memory.limit", "gauge")
    assert descriptions.of(column).unit == "By"
    descriptions.learn([arrival(record(times(1), {"system.memory.limit": [1.0]}))])
    assert descriptions.of(column).unit == "By"
    assert descriptions.of(Column("system.memory.limit", "counter")).unit == ""
    descriptions.learn([described(Description("system.memory.limit", "gauge", "KiBy", ""))])
    assert descriptions.of(column).unit == "KiBy"


def test_what_is_known_is_not_asked(descriptions: Descriptions, connection: Connection) -> None:
    """Rows of known metrics pass while the server is away, new ones do not."""
    rows = arrival(record(times(1), {"gauge": [1.0]}))
    descriptions.learn([rows])
    connection.close()
    descriptions.learn([rows])
    with pytest.raises(StoreUnavailableError):
        descriptions.learn([described(SIZE)])


def test_an_index_that_was_deleted_is_filled_again(
    descriptions: Descriptions, connection: Connection, elastic: str
) -> None:
    """With what comes, and with all that is remembered once it is looked at again."""
    descriptions.learn([described(SIZE)])
    ask(elastic, "DELETE", f"/{DOCUMENTS}")
    more = Description("more", "counter", "1", "")
    descriptions.learn([described(more)])
    assert seen(descriptions, connection) == {"more": more}
    descriptions.forget()
    descriptions.learn([])
    assert seen(descriptions, connection) == {"gauge": SIZE, "more": more}
