"""Simulated hosts."""

from __future__ import annotations

import threading

import pytest

from collector import loop
from collector.builder import Builder
from collector.schedule import Tick
from collector.sending.workers import lanes
from collector.simulation.simulated import SimulatedHost, simulated_agents, simulated_host
from tests.collector.machine import observed
from tests.collector.scripted_server import PATIENCE_SECONDS, ScriptedServer
from tests.rows import INCARNATION, NOW
from tidegauge.clock import OffsetClock, SystemClock
from tidegauge.metrics import events, limits
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.records import Record, rows

DAY_MS = 86_400_000


def record(source: SimulatedHost, stamp_ms: int, builder: Builder) -> Record:
    """One tick of a simulated host."""
    return builder.record(source.read(Tick(stamp_ms)), stamp_ms, (INCARNATION, 0), [], [])


@pytest.mark.parametrize("containers", [0, 1, 20])
@pytest.mark.parametrize("seed", [1, 2])
def test_counters_never_fall_through_a_day(containers: int, seed: int) -> None:
    """No entity begins a second life, at any time of the day; what it shows keeps every limit."""
    source, builder = SimulatedHost("demo-001", containers, seed), Builder(simulated_host(1, seed), 1000)
    for stamp_ms in [*range(NOW, NOW + 60_000, 1000), *range(NOW + 60_000, NOW + DAY_MS, 600_000)]:
        found = record(source, stamp_ms, builder)
        assert limits.check(found) is None
        assert [row.entity.id for row in rows(found) if "#" in row.entity.start] == []


def test_all_kinds_of_a_real_host() -> None:
    """Every kind of entity, and every metric of a host, that a real one has."""
    found = SimulatedHost("demo-001", 2, 1).read(Tick(NOW))
    real = {(reading.kind, name) for reading in observed() for name in reading.values}
    simulated = {(reading.kind, name) for reading in found for name in reading.values}
    assert {kind for kind, _ in simulated} == {kind for kind, _ in real}
    lacking = {name for kind, name in real if kind == "host"} - {name for _, name in simulated}
    assert not lacking, "give a simulated host these too: collector/simulation/simulated.py"
    assert {name for _, name in simulated} <= catalogue().keys()


def test_plausible() -> None:
    """Shares lie between 0 and 1, memory adds up, containers use what their host does."""
    source = SimulatedHost("demo-002", 5, 1)
    source.read(Tick(NOW))
    host, *others = source.read(Tick(NOW + 1000))
    assert all(0 <= value <= 1 for name, value in host.values.items() if "utilization" in name)
    parts = [host.values[f"system.memory.usage.{part}"] for part in ("used", "free", "cached", "buffers")]
    assert min(parts) > 0
    assert sum(parts) == host.values["system.memory.limit"]
    used = sum(reading.values["container.cpu.time.user"] for reading in others if reading.kind == "container")
    assert used <= host.values["system.cpu.time.user"] + 1


def test_what_happens() -> None:
    """Lives end and begin within an hour, each told once, at the tick after it; nothing of before the first tick."""
    source, found = SimulatedHost("demo-001", 6, 1), []
    for stamp_ms in range(NOW, NOW + 3_600_000, 10_000):
        source.read(Tick(stamp_ms))
        happened = source.happened()
        assert all(stamp_ms - 10_000 <= event.time_ns / 1e6 <= stamp_ms for event in happened)
        found += happened
    assert {event.kind for event in found} >= {events.CONTAINER_STARTED, events.CONTAINER_STOPPED}
    assert len({events.event_id(event) for event in found}) == len(found) > 10
    assert source.happened() == []


def test_seeded() -> None:
    """The same seed gives the same numbers and ids, another seed others."""
    first, again, other = (SimulatedHost("demo-001", 2, seed).read(Tick(NOW)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_agents_send(server: ScriptedServer) -> None:
    """Hosts of a moved clock through the real queue and sender: every host's rows arrive, and its stop."""
    threads, clock = lanes(3), OffsetClock(SystemClock(), -3_600_000)
    agents = simulated_agents(3, 2, 1, [server.url], clock, threads, period_ms=100)
    stop = threading.Event()
    runner = threading.Thread(target=loop.run, args=(agents, clock, stop.wait))
    runner.start()
    server.wait_for(lambda posts: len(posts) >= 12)
    stop.set()
    runner.join(PATIENCE_SECONDS)
    loop.stop(agents, clock, 2)
    threads.close(PATIENCE_SECONDS)
    assert {post.header.host for post in server.posts} == {"demo-001", "demo-002", "demo-003"}
    assert {post.header.host for post in server.posts if post.header.stopping} == {agent.host.id for agent in agents}
    assert {row.entity.attributes["fleet"] for post in server.posts for r in post.records for row in rows(r)} == {
        "demo"
    }
    assert abs(server.posts[0].header.now_ms - SystemClock().wall_ms() + 3_600_000) < 60_000
