"""Which entities there are."""

from __future__ import annotations

import msgspec
import pytest

from app.entities import LIVE_MS, Entities
from tests.app.rig import Rig
from tests.rows import host, record
from tidegauge.metrics.filters import parse
from tidegauge.metrics.records import Description, Entity, Record
from tidegauge.storage.base import StoreError

DAY_MS = 86_400_000
MINUTE_MS = 60_000
CONTAINER = Entity("c1", "container", "s", 1000, {"host.id": "h1", "container.name": "web"})


def day(rig: Rig) -> tuple[int, int]:
    return rig.clock.wall_ms() - DAY_MS, rig.clock.wall_ms() + DAY_MS


def test_what_is_live_and_what_is_stored_is_found(rig: Rig) -> None:
    """Entities of the store and of the stream, each as it was described last."""
    rig.row(gauge=1.0)
    entities = Entities(rig.store)
    entities.note("h2", host("h2"), 0)
    entities.note("h1", host("h1", fleet="blue"), 0)
    found = entities.find((), *day(rig))
    assert {name: known.entity.attributes["fleet"] for name, known in found.items()} == {"h1": "blue", "h2": "default"}
    assert list(entities.find(parse("fleet=blue"), *day(rig))) == ["h1"]
    assert list(entities.find(parse("host=h2 kind=host entity=h*"), *day(rig))) == ["h2"]


def test_what_is_known_as_it_is_is_no_news(rig: Rig) -> None:
    """News is who was not known, or is described anew; not who is told of again, or was described later."""
    entities = Entities(rig.store)
    told = (
        ("h1", host(), 0),
        ("h1", host(), 9),
        ("h1", host(fleet="blue"), 10),
        ("h1", host(), 5),
        ("c1", CONTAINER, 0),
    )
    assert [entities.note(*one) for one in told] == [True, False, True, False, True]
    assert entities.news == 3


def test_without_the_store_there_is_what_is_live(rig: Rig) -> None:
    """`find` says that the store is down, `find_or_live` makes do."""
    rig.row(gauge=1.0)
    rig.reads.down = True
    assert list(rig.node.entities.find_or_live((), *day(rig))) == ["h1"]
    with pytest.raises(StoreError, match="down"):
        rig.node.entities.find((), *day(rig))
    found, failure = rig.node.entities.search((), *day(rig))
    assert (list(found), str(failure)) == (["h1"], "down")
    rig.reads.down = False
    assert rig.node.entities.search((), *day(rig))[1] is None


def test_what_was_heard_later_stays() -> None:
    """A word that is older than what is known changes nothing."""
    entities = Entities(None)  # type: ignore[arg-type]  # never asked
    for heard_ms, fleet in ((10, "new"), (5, "old"), (10, "newest")):
        entities.note("h1", host(fleet=fleet), heard_ms)
        known = entities.get("h1")
        assert known
        assert known.entity.attributes["fleet"] != "old"
    assert entities.is_live("h1", 10)


def test_an_entity_that_is_named_is_still_there(rig: Rig) -> None:
    """As it was described; one that is not known stays so. The word of the stream comes about once a minute."""
    rig.row(gauge=1.0)
    for _ in range(4):
        rig.clock.advance(LIVE_MS // 2)
        rig.row(gauge=1.0)
        assert rig.node.is_live("h1")
    known = rig.node.entities.get("h1")
    rig.clock.advance(LIVE_MS + 1)
    assert not rig.node.is_live("h1")
    rig.node.entities.still(["h1", "h9"], rig.clock.monotonic_ms())
    assert rig.node.is_live("h1")
    assert (rig.node.entities.get("h1"), rig.node.entities.get("h9")) == (known, None)


def test_a_description_that_was_long_on_its_way_counts_though_the_entity_was_named_meanwhile() -> None:
    """By another node: it says that it is there, not how it is described."""
    entities = Entities(None)  # type: ignore[arg-type]  # never asked
    entities.note("h1", host("h1"), 0)
    entities.still(["h1"], 500)
    entities.note("h1", host("h1", fleet="new"), 300)
    known = entities.get("h1")
    assert known
    assert known.entity.attributes["fleet"] == "new"
    assert entities.is_live("h1", 500 + LIVE_MS)
    entities.forget(500 + DAY_MS, DAY_MS)
    assert entities.get("h1")
    entities.forget(501 + DAY_MS, DAY_MS)
    assert entities.get("h1") is None


def test_a_container_that_is_named_for_minutes_after_its_end_runs() -> None:
    """Rows of the life that ended do not bring it back, but if they come for minutes its end was none."""
    entities = Entities(None)  # type: ignore[arg-type]  # never asked
    entities.note("h1", CONTAINER, 0)
    entities.end("c1", 0)
    for heard_ms, is_live in ((LIVE_MS, False), (LIVE_MS + 1, True)):
        entities.still(["c1"], heard_ms)
        assert entities.is_live("c1", heard_ms) is is_live


def test_the_entities_of_a_host() -> None:
    """Its own and those that it owns."""
    entities = Entities(None)  # type: ignore[arg-type]
    for name, one in (("h1", host()), ("h1", CONTAINER), ("h2", host("h2"))):
        entities.note(name, one, 0)
    assert entities.of_host("h1") == ["h1", "c1"]


def test_an_entity_is_live_while_its_rows_come(rig: Rig) -> None:
    """It is told of again once a minute; three minutes after the last word it is no longer live."""
    rig.row(gauge=1.0)
    rig.clock.advance(3 * MINUTE_MS)
    assert rig.node.is_live("h1")
    rig.clock.advance(1)
    assert not rig.node.is_live("h1")
    rig.row(gauge=1.0)
    assert rig.node.is_live("h1")
    assert not rig.node.is_live("h9")


def test_a_container_that_ended_does_not_run_until_it_starts_again() -> None:
    """Late rows of the life that ended change nothing; a new life, or the word of it, does."""
    entities = Entities(None)  # type: ignore[arg-type]
    running = lambda: [one.entity.id for one in entities.running(0).get("h1", ())]  # noqa: E731
    entities.note("h1", CONTAINER, 0)
    entities.note("h1", host(), 0)
    assert running() == ["c1"]
    version = entities.version
    entities.end("c1", 0)
    entities.end("c9", 0)
    entities.note("h1", CONTAINER, 0)
    assert (running(), entities.is_live("c1", 0)) == ([], False)
    assert entities.version > version
    entities.note("h1", msgspec.structs.replace(CONTAINER, start="next"), 0)
    assert running() == ["c1"]
    entities.end("c1", 0)
    entities.end("c1", None)
    assert running() == ["c1"]


def test_an_end_that_was_none_is_forgotten() -> None:
    """Rows of the same life that still come after minutes."""
    entities = Entities(None)  # type: ignore[arg-type]
    entities.note("h1", CONTAINER, 0)
    entities.end("c1", 0)
    entities.note("h1", CONTAINER, 2 * MINUTE_MS)
    assert not entities.is_live("c1", 2 * MINUTE_MS)
    entities.note("h1", CONTAINER, 4 * MINUTE_MS)
    assert entities.is_live("c1", 4 * MINUTE_MS)


def test_slow_entities_have_longer() -> None:
    """One with a period of 10 minutes is live for three of them."""
    entities = Entities(None)  # type: ignore[arg-type]  # never asked
    entities.note("h1", Entity("h1:disk:a", "disk", "b", 10 * MINUTE_MS), 0)
    assert entities.is_live("h1:disk:a", 30 * MINUTE_MS)
    assert not entities.is_live("h1:disk:a", 31 * MINUTE_MS)


def test_entities_are_forgotten() -> None:
    """After an hour; hosts when their data are given up, as presence names them that long."""
    entities = Entities(None)  # type: ignore[arg-type]
    entities.note("h1", host(), 0)
    entities.note("h1", CONTAINER, 0)
    entities.forget(60 * MINUTE_MS, DAY_MS)
    assert entities.get("c1") is not None
    entities.forget(60 * MINUTE_MS + 1, DAY_MS)
    assert entities.get("c1") is None
    entities.forget(DAY_MS, DAY_MS)
    assert entities.get("h1") is not None
    entities.forget(DAY_MS + 1, DAY_MS)
    assert entities.get("h1") is None


def test_metrics_are_those_of_the_catalogue_and_of_the_store(rig: Rig) -> None:
    """What the catalogue knows stays; a metric it lacks is as it was described; an unheard one is a gauge."""
    described = [Description("own.total", "counter", "By", "help"), Description("system.uptime", "counter", "x", "")]
    one: Record = record([rig.clock.wall_ms()], {"gauge": [1.0]})
    rig.post([Record(host=one.host, incarnation=one.incarnation, seq=9, blocks=one.blocks, metrics=described)])
    entities = rig.node.entities
    entities.learn_metrics()
    assert (entities.kind("own.total"), entities.unit("own.total")) == ("counter", "By")
    assert (entities.kind("system.uptime"), entities.unit("system.uptime")) == ("gauge", "s")
    assert (entities.kind("never.heard"), entities.unit("never.heard")) == ("gauge", "")
