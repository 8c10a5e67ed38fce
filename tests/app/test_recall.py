"""What the store says of collectors that this node has not heard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app import recall
from app.recall import Recaller
from tests.app.rig import Rig
from tests.app.rig import rig as make_rig
from tests.clocks import HandClock
from tests.rows import host, record
from tidegauge.metrics.events import COLLECTOR_STARTED, COLLECTOR_STOPPED
from tidegauge.metrics.records import Event


def after_restart(folder: Path, clock: HandClock) -> str:
    """The state of host h1 as a new web node over the same store judges it."""
    with make_rig(folder, clock) as again:
        again.node.recaller.recall()
        verdict = again.node.presence.verdict("h1")
        assert verdict is not None
        return verdict.state


@pytest.mark.parametrize(("seconds", "state"), [(2, "live"), (10, "silent"), (60, "down")])
def test_a_restarted_node_goes_by_the_newest_row(tmp_path: Path, seconds: int, state: str) -> None:
    """Without having heard a collector its newest row says when it was seen last."""
    clock = HandClock()
    with make_rig(tmp_path, clock) as before:
        before.row(gauge=1.0)
    clock.advance(1000 * seconds)
    assert after_restart(tmp_path, clock) == state


def test_a_clean_stop_is_remembered(tmp_path: Path) -> None:
    """A collector whose last word was that it stops is stopped, also after a restart of the server."""
    clock = HandClock()
    with make_rig(tmp_path, clock) as before:
        now_ns = clock.wall_ms() * 1_000_000
        words = [Event("h1", now_ns, COLLECTOR_STARTED), Event("h1", now_ns + 1, COLLECTOR_STOPPED)]
        before.post([record([clock.wall_ms()], {"gauge": [1.0]}, events=words)])
    clock.advance(60_000)
    assert after_restart(tmp_path, clock) == "stopped"


def test_nothing_is_recalled_of_an_empty_store(rig: Rig) -> None:
    """No hosts, no facts."""
    assert recall.facts(rig.store, rig.clock.wall_ms()) == []


def test_what_the_store_knows_is_recalled_when_it_is_back(tmp_path: Path) -> None:
    """A node that began without the store knows all hosts soon after; what is live stays as it is told, and who is
    not heard is down once the ingest node was there for long enough to hear it."""
    clock = HandClock()
    with make_rig(tmp_path, clock) as before:
        for name in ("h1", "h2"):
            before.row(entity=host(name), gauge=1.0)
    clock.advance(60_000)
    with make_rig(tmp_path, clock) as rig:
        rig.reads.down = True
        store: Any = rig.reads
        tell = rig.node.board.new_entity
        recaller = Recaller(store, rig.node.entities, rig.node.presence, tell, clock, retry_seconds=0.01)
        recaller.thread.start()
        renamed = host("h1", **{"host.name": "web-9"})
        rig.row(entity=renamed, gauge=2.0)
        assert recaller.recalled.wait(10)
        assert rig.node.presence.verdict("h2") is None
        rig.reads.down = False
        recaller.thread.join(10)
        assert state(rig, "h2") == "unknown"
        known = rig.node.entities.get("h1")
        assert known
        assert known.entity == renamed
        clock.advance(4_001)
        rig.publisher.beat()
        rig.node.read(0)
        assert state(rig, "h2") == "down"


def state(rig: Rig, host: str) -> str:
    """What the node makes of a host that it knows."""
    verdict = rig.node.presence.verdict(host)
    assert verdict
    return verdict.state
