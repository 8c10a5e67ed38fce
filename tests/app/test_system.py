"""Who looks at the system page, and what they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import tidegauge
from app.ailing import LETTERS
from app.diagnosis import KEPT
from app.outbox import Outbox
from app.system import System
from tests.app.rig import Rig
from tests.e2e.programs import eventually
from tests.ingest_api.posts import header
from tests.rows import LATER
from tidegauge.cluster import frames
from tidegauge.cluster.frames import NODE_TOPIC, Working
from tidegauge.metrics.wire import Queue
from tidegauge.storage.base import Document

WORKING = Working("i1", tidegauge.__version__, 5_000, "", 12, 1, 900, 40, 0, 2)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def system(rig: Rig) -> Iterator[System]:
    """A system over a rig whose store is asked how it is, with an ingest node that is heard."""
    rig.node.health.thread.start()
    rig.hub.publish(NODE_TOPIC, frames.encode(WORKING))
    rig.node.read(0)
    made = System(rig.node, "w1", "http://user:secret@es-1:9200,es-2:9200", tuple)
    yield made
    made.leave(rig.outbox)


def post(rig: Rig, **fields: object) -> None:
    """A POST of host h1 with nothing in it but its header."""
    rig.ingest.door.post(header(rig.clock.wall_ms(), **fields), b"")
    rig.node.read(0)


def test_it_tells_of_store_and_nodes(rig: Rig, system: System) -> None:
    """The store's URL without user and password; the node by the name it was given."""
    told = system.told()
    assert (told["level"], told["web"]["name"], told["nodes"][0]["node"]) == ("ok", "w1", "i1")
    assert told["store"]["url"] == "http://…@es-1:9200,es-2:9200"
    assert told["store"]["text"] == "answers"
    rig.clock.advance(12_000)
    assert system.told()["nodes"][0]["state"] == "silent"


def test_a_store_that_is_down_is_told_of_at_once(rig: Rig, system: System) -> None:
    """The first that a browser is told says so, with what it means."""
    rig.reads.down = True
    system.watch(rig.outbox)
    (message,) = rig.told("system")
    assert (message["level"], message["store"]["text"], message["store"]["detail"]) == ("bad", "does not work", "down")
    assert message["store"]["hint"] == KEPT
    assert message["store"]["bytes"] is None


def test_collectors_that_hold_records_are_told_by_their_names_as_they_are(rig: Rig, system: System) -> None:
    """A hostile name is a text like any other."""
    now = rig.clock.wall_ms()
    held = Queue(count=7, from_ms=now - 300_000, to_ms=now)
    post(rig, name=HOSTILE, queue=held)
    told = system.told()
    (waiting,) = told["backlog"]["shown"]
    assert (waiting["name"], waiting["count"], waiting["held_ms"]) == (HOSTILE, 7, 300_000)
    assert [problem["text"] for problem in told["problems"]] == ["7 records wait in the collectors of 1 host."]


def test_two_collectors_of_one_host_are_told(rig: Rig, system: System) -> None:
    """Two incarnations seen at once."""
    for incarnation in (LATER, "1800000000000-cccccccc"):
        post(rig, incarnation=incarnation)
    assert [one["about"] for one in system.told()["collectors"]["shown"]] == ["double"]


def test_what_is_set_aside_and_what_ails_collectors_is_told(rig: Rig, system: System) -> None:
    """Retired hosts of this node's memory, tokens as they are counted, metrics that the store has."""
    rig.row(**{LETTERS: 2.0})
    system.told()
    rig.node.ailing.wait()
    rig.node.presence.retired.take([Document("old", b"{}", 1)])
    counted = System(rig.node, "w1", "", tuple, lambda: 3).told()
    assert counted["aside"] == {"retired": 1, "revoked": 3}
    assert [(one["host"], one["count"]) for one in counted["ailing"]["shown"]] == [("h1", 2)]


def test_who_watches_is_told_until_it_leaves(rig: Rig, system: System) -> None:
    """At once, then with every call of `tell`; who looks at something else or is closed, no more."""
    other = Outbox()
    for outbox in (rig.outbox, other):
        system.watch(outbox)
        assert len(rig.told("system", outbox)) == 1
    assert system.tell()
    assert [len(rig.told("system", outbox)) for outbox in (rig.outbox, other)] == [1, 1]
    system.leave(rig.outbox)
    other.close()
    assert not system.tell()
    assert rig.told("system") == []


@pytest.mark.slow
def test_its_thread_tells_while_somebody_watches(rig: Rig, system: System) -> None:
    """Once a second, without being asked; again after everybody had gone."""
    for _ in range(2):
        system.watch(rig.outbox)
        kinds = [json.loads(text)["type"] for text in rig.outbox.take()]
        eventually(lambda: [json.loads(text) for text in rig.outbox.take()], 5, "another message")
        system.leave(rig.outbox)
        assert kinds == ["system"]
        assert not system.tell()
