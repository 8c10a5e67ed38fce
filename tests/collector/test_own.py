"""What the collector says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.agent import Agent
from collector.identity import describe
from collector.memory_queue import MemoryQueue
from collector.own import Own
from collector.readings import Roots
from collector.registry import Loaded
from collector.runner import Runner
from collector.schedule import Tick
from collector.sending.sender import Sender, Who
from collector.sending.workers import lanes
from tests.clocks import HandClock
from tests.collector.processes import put, stat
from tests.collector.scripted_server import ScriptedServer
from tidegauge.metrics.catalogue import catalogue

NOW = 1_700_000_000_000
HOST = describe("h1", "web", "boot", "f", [], "Linux")
UNREACHABLE = "http://127.0.0.1:9"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc with the collector's own memory in it."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self/statm").write_text("5000 1000 800 1 0 900 0\n")
    return tmp_path


class Rig:
    """An agent that reads nothing but itself."""

    def __init__(self, proc: Path, url: str, queue_bytes: int = 1 << 20) -> None:
        self.clock = HandClock(NOW)
        self.own = Own(Roots(str(proc)), lambda: 0.25)
        self.runner = Runner([Loaded("collector", False, self.own)])
        self.threads = lanes(1)
        who = Who("h1", "web", 1000)
        self.sender = Sender(who, [url], MemoryQueue(queue_bytes), self.threads, self.clock)
        self.agent = Agent(HOST, self.runner, self.sender, self.clock, 1000)
        self.own.follow(self.agent, self.runner)

    def told(self, stamp_ms: int, late_ms: float = 0) -> dict[str, float]:
        """What it says now, by the last words of the name."""
        (reading,) = self.runner.read(Tick(stamp_ms, late_ms=late_ms))
        assert reading.kind == "host"
        assert catalogue().keys() >= reading.values.keys()
        return {name.removeprefix("tidegauge.collector."): value for name, value in reading.values.items()}

    def turn(self, late_ms: float = 0) -> None:
        """The tick that is due next, and its post."""
        self.clock.advance(self.agent.due_ms - self.clock.monotonic_ms() + late_ms)
        self.agent.turn()
        assert self.sender.wait(5)


def test_nothing_before_there_is_an_agent(proc: Path) -> None:
    """A reading by hand has no queue."""
    assert list(Own(Roots(str(proc))).read(Tick(NOW))) == []


def test_cost(proc: Path) -> None:
    """CPU and memory of this process, and of the engine where there is one; how late, and how long before."""
    rig = Rig(proc, UNREACHABLE)
    first = rig.told(NOW, late_ms=12.34)
    assert (first["cpu.time"], first["tick.lateness"]) == (0.25, 0.0123)
    assert first["memory.usage"] % 1000 == 0
    assert first["memory.usage"] >= 1000 * 4096
    assert "read.duration" not in first
    assert "engine.cpu.time" not in first
    assert 0 <= rig.told(NOW)["read.duration"] < 5
    put(proc, 7, stat("dockerd", ticks=123), comm=b"dockerd\n")
    assert Rig(proc, UNREACHABLE).told(NOW)["engine.cpu.time"] == 1.23


def test_a_queue_that_waits(proc: Path) -> None:
    """Records, bytes and the age of the oldest; what was given up for room is counted."""
    rig = Rig(proc, UNREACHABLE, queue_bytes=6000)
    assert [rig.told(NOW)[f"queue.{name}"] for name in ("records", "size", "age")] == [0, 0, 0]
    rig.turn()
    oldest_ms = rig.clock.wall_ms()
    told = rig.told(oldest_ms + 2500)
    assert (told["queue.records"], told["queue.age"], told["records.taken"]) == (1, 2.5, 0)
    assert told["records.resent"] >= 1
    assert told["queue.size"] == rig.sender.spool.size_bytes() > 0
    while not rig.agent.dropped:
        rig.turn()
    assert rig.told(oldest_ms)["records.dropped"] == rig.agent.dropped
    rig.threads.close()


def test_what_became_of_records(proc: Path, server: ScriptedServer) -> None:
    """Taken and refused ones are counted apart, and so are ticks that were missed."""
    rig = Rig(proc, server.url)
    rig.turn()
    rig.turn()
    rig.sender.letters.counts["refused"] += 1
    rig.sender.letters.counts["partial"] += 2
    rig.turn(late_ms=1100)
    told = rig.told(NOW)
    assert (told["records.taken"], told["records.refused"], told["ticks.missed"]) == (3, 3, 1)
    assert (told["dead_letters"], told["disk.errors"]) == (0, 0)
    rig.threads.close()


def test_dead_letters_and_what_the_disk_refused(proc: Path) -> None:
    """Letters as they are now, errors as the queue counts them."""
    rig = Rig(proc, UNREACHABLE)
    rig.own.follow(rig.agent, rig.runner, lambda: 7)
    rig.turn()
    (item,) = rig.sender.spool.oldest(1, 1 << 20)
    assert rig.sender.letters.give_up(item, "no server digests it", NOW)
    told = rig.told(NOW)
    assert (told["dead_letters"], told["disk.errors"]) == (1, 7)
    rig.threads.close()
