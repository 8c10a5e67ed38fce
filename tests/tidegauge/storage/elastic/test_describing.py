"""Who is in an index, and how the latest row describes each, on a real server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.minutes import summary
from tests.rows import INCARNATION, LATER, host, record
from tests.tidegauge.storage.contract.opening import NOW, outcomes
from tests.tidegauge.storage.elastic.fresh import FreshStore, opened
from tests.tidegauge.storage.elastic.scripted import Answer, only, scripted
from tidegauge.metrics.records import Entity, Record
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.storage.base import EntityInfo, StoreUnavailableError
from tidegauge.storage.elastic import describing
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.describing import Effort, Known, Place
from tidegauge.storage.elastic.layout import at

MIDNIGHT = NOW - NOW % DAY
TODAY = Place(at("raw", NOW).name, MIDNIGHT, MIDNIGHT + DAY, "raw")
MONTH = Place(at("minute", NOW).name, MIDNIGHT, MIDNIGHT + DAY, "minute")


@pytest.fixture
def store(elastic: str) -> Iterator[FreshStore]:
    """A store with nothing in it."""
    opened_store = opened(elastic)
    yield opened_store
    opened_store.close()


def sent(name: str, time_ms: int, incarnation: str = INCARNATION, **attributes: str) -> Record:
    """A record of one row of a host."""
    return record([time_ms], {"gauge": [1.0]}, entity=host(name, **attributes), incarnation=incarnation)


def keep(store: FreshStore, *records: Record) -> None:
    """Append, and let queries see it."""
    assert set(outcomes(store, *records)) == {"stored"}
    store.refresh()


def roles(known: Known) -> dict[str, str]:
    """How each is described."""
    return {name: info.entity.attributes.get("role", "") for name, info in known.infos.items()}


@pytest.mark.elasticsearch
def test_the_latest_row_describes(store: FreshStore, connection: Connection) -> None:
    """With all that it says of the entity; the day's begin is the first that is told."""
    disk = Entity("h1:disk:a", "disk", "boot", 5000, {"host.id": "h1", "labels.a.b": "x", "device": "sda"})
    row = record([NOW], {"gauge": [1.0]}, entity=disk)
    keep(store, sent("h1", NOW - 1, role="old"), sent("h1", NOW, role="new"), row)
    found = describing.look(connection, TODAY, Known({}), NOW)
    assert found.infos["h1"] == EntityInfo(host(role="new"), "h1", INCARNATION, MIDNIGHT, NOW)
    assert found.infos["h1:disk:a"].entity == disk


@pytest.mark.elasticsearch
@pytest.mark.parametrize("first", [1, 60])
def test_rows_are_found_however_far_back(store: FreshStore, connection: Connection, first: int) -> None:
    """Piece by piece, two entities an answer, two names an answer."""
    effort = Effort(named=2, described=2, first=first, searched=1)
    ages = [0, 1, 2000, HOUR - 7, 3 * HOUR, NOW - MIDNIGHT]
    keep(store, *(sent(f"h{i}", NOW - age, role=f"r{i}") for i, age in enumerate(ages)))
    found = describing.look(connection, TODAY, Known({}), NOW - 1000, effort)
    assert roles(found) == {f"h{i}": f"r{i}" for i in range(len(ages))}
    assert [found.infos[f"h{i}"].last_ms for i in range(len(ages))] == [NOW - age for age in ages]
    keep(store, sent("h7", MIDNIGHT + 5, role="r7"))
    assert roles(describing.look(connection, TODAY, found, NOW, effort)) == {**roles(found), "h7": "r7"}


@pytest.mark.elasticsearch
def test_who_began_anew_is_described_at_once_and_others_by_turns(store: FreshStore, connection: Connection) -> None:
    """Of all the time of the latest row is known at once."""
    effort = Effort(by_turns=1)
    keep(store, *(sent(name, NOW, role="old") for name in ("h1", "h2", "h3", "h4")))
    known = describing.look(connection, TODAY, Known({}), NOW, effort)
    restarted = Entity("h4", "host", "boot2", 1000, {"host.id": "h4", "role": "new"})
    keep(
        store,
        *(sent(name, NOW + 1000, role="new") for name in ("h1", "h2")),
        sent("h3", NOW + 1000, LATER, role="new"),
        record([NOW + 1000], {"gauge": [1.0]}, entity=restarted),
    )
    known = describing.look(connection, TODAY, known, NOW, effort)
    assert sorted(roles(known).values()) == ["new", "new", "new", "old"]
    assert (roles(known)["h3"], roles(known)["h4"]) == ("new", "new")
    assert {info.last_ms for info in known.infos.values()} == {NOW + 1000}
    keep(store, *(sent(name, NOW + 2000, role="new") for name in ("h1", "h2")))
    assert set(roles(describing.look(connection, TODAY, known, NOW + 1000, effort)).values()) == {"new"}


@pytest.mark.elasticsearch
def test_minute_rows_tell_of_their_days(store: FreshStore, connection: Connection) -> None:
    """Who has none in the days that are asked for is not there, until the index is looked at anew."""
    ages = (("h1", 0), ("h2", HOUR), ("h3", 2 * DAY))
    keep(store, *(summary(sent(name, NOW - age, role=name)) for name, age in ages))
    known = describing.look(connection, MONTH, Known({}), NOW)
    assert (roles(known), known.absent) == ({"h1": "h1", "h2": "h2"}, {"h3"})
    assert known.infos["h2"][3:] == (MIDNIGHT, NOW - HOUR)
    two = MONTH._replace(start_ms=MIDNIGHT - 2 * DAY, end_ms=MIDNIGHT)
    assert roles(describing.look(connection, two, Known({}), NOW)) == {"h3": "h3"}
    keep(store, summary(sent("h4", NOW - DAY)), summary(sent("h5", NOW)), summary(sent("h3", NOW - 1)))
    later = describing.look(connection, MONTH, known, NOW)
    assert (set(later.infos), later.absent) == ({"h1", "h2", "h5"}, {"h3", "h4"})
    assert set(describing.look(connection, MONTH, Known({}), NOW).infos) == {"h1", "h2", "h3", "h5"}


@pytest.mark.elasticsearch
def test_an_index_that_is_gone_names_nobody(store: FreshStore, connection: Connection) -> None:
    """It is no error, and nobody is left."""
    keep(store, sent("h1", NOW))
    known = describing.look(connection, TODAY, Known({}), NOW)
    connection.call("DELETE", f"/{TODAY.name}")
    assert describing.names(connection, TODAY.name) == []
    assert describing.look(connection, TODAY, known, NOW) == Known({})


def test_names_that_are_not_all_are_an_error() -> None:
    """A shard did not answer in time."""
    partial = {"terms": ["h1"], "complete": False, "_shards": {"total": 2, "failed": 1}}
    with scripted(only(Answer(200, partial))) as url, pytest.raises(StoreUnavailableError, match="did not name all"):
        describing.names(Connection(url), TODAY.name)


def test_sources_nest_as_they_please() -> None:
    """A name is whole in either way."""
    fields = {"host": {"name": "a", "id": "h"}, "os.type": "linux", "labels": {"x.y": "z"}, "fleet": "f"}
    assert dict(describing._flat("", fields)) == {
        "host.name": "a",
        "host.id": "h",
        "os.type": "linux",
        "labels.x.y": "z",
        "fleet": "f",
    }
