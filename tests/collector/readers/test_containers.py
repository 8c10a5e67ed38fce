"""Containers from cgroup and /proc files."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from collector.readers.containers import FRESH_TICKS, Containers
from collector.readings import Reading, Roots
from collector.schedule import Tick
from tests.collector.engines.scripted_engine import PATIENCE_SECONDS, ScriptedEngine
from tests.collector.machine import BOOT, FIXTURES, TICK, roots
from tidegauge.metrics import events

DOCKER, PODMAN = "a" * 64, "b" * 64


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of the machine with cgroup version 2 that a test may change."""
    shutil.copytree(FIXTURES / "cgroup_v2", tmp_path / "m")
    (scope(tmp_path / "m") / "memory.events").write_text("oom 0\noom_kill 0\n")
    return tmp_path / "m"


def reader(folder: Path) -> Containers:
    """The reader over a folder."""
    return Containers(Roots(f"{folder}/proc", f"{folder}/sys"))


def scope(folder: Path) -> Path:
    """The docker container's cgroup."""
    return folder / f"sys/fs/cgroup/system.slice/docker-{DOCKER}.scope"


def names(found: list[Reading]) -> list[str]:
    """Who is there."""
    return sorted(reading.name[0] for reading in found)


def test_version_1() -> None:
    """The captured container: its life, name, engine and uptime; working set as docker stats says it."""
    (reading,) = Containers(roots("machine")).read(TICK)
    assert reading.start == f"{BOOT}:321032"
    assert reading.attributes["container.name"] == reading.name[:12] == "4f1d0c6b9a7e"
    assert reading.attributes["container.runtime"] == "docker"
    assert reading.values["container.uptime"] == 40.55
    assert reading.values["container.network.io.receive"] == 412_508


def test_version_2() -> None:
    """Docker's and Podman's are there, conmon is none, and what has no process does not run."""
    found = {reading.name: reading for reading in Containers(roots("cgroup_v2")).read(TICK)}
    assert set(found) == {DOCKER, PODMAN}
    assert found[DOCKER].start == f"{BOOT}:350000"
    assert found[DOCKER].values["container.uptime"] == 500.5
    assert found[PODMAN].attributes["container.runtime"] == "podman"


def test_the_hosts_own_network_is_not_the_containers() -> None:
    """A container that sees the host's interfaces has no traffic of its own."""
    found = {reading.name: reading for reading in Containers(roots("cgroup_v2")).read(TICK)}
    assert "container.network.io.receive" not in found[PODMAN].values
    assert found[DOCKER].values["container.network.io.transmit"] == 485_149


def test_namespaces_tell_where_they_may_be_seen(machine: Path) -> None:
    """The namespace decides, whatever the interfaces are called."""
    for pid, namespace in (("self", "net:[1]"), ("1200", "net:[1]"), ("1300", "net:[2]")):
        (machine / "proc" / pid / "ns").mkdir(parents=True, exist_ok=True)
        (machine / "proc" / pid / "ns/net").symlink_to(namespace)
    found = {reading.name: "container.network.io.receive" in reading.values for reading in reader(machine).read(TICK)}
    assert found == {DOCKER: False, PODMAN: True}


def test_removed_container_leaves(machine: Path) -> None:
    """A container whose cgroup is gone has no row at all, from the next tick on."""
    containers = reader(machine)
    assert names(list(containers.read(TICK))) == ["a", "b"]
    shutil.rmtree(scope(machine))
    (machine / "proc/1200/stat").unlink()
    containers = reader(machine)
    assert names(list(containers.read(TICK))) == ["b"]


def test_unreadable_container_is_looked_for_at_once(machine: Path) -> None:
    """One that cannot be read does not disturb the others, and is there again at the next tick."""
    stat = scope(machine) / "cpu.stat"
    content = stat.read_bytes()
    stat.unlink()
    containers = reader(machine)
    assert names(list(containers.read(TICK))) == ["b"]
    stat.write_bytes(content)
    assert names(list(containers.read(TICK))) == ["a", "b"]


def test_new_container_is_found(machine: Path, tmp_path: Path) -> None:
    """One that comes later is there within five ticks."""
    shutil.move(scope(machine), tmp_path / "away")
    containers = reader(machine)
    assert names(list(containers.read(TICK))) == ["b"]
    shutil.move(tmp_path / "away", scope(machine))
    seen = [names(list(containers.read(TICK))) for _ in range(FRESH_TICKS)]
    assert seen[-1] == ["a", "b"]


def after(ticks: int) -> Tick:
    """A tick so many seconds later."""
    return Tick(TICK.stamp_ms + 1000 * ticks)


def test_what_happens_without_an_engine(machine: Path, tmp_path: Path) -> None:
    """Those at the beginning did not start; an end is told at the tick that saw it, a start with its own time."""
    containers = reader(machine)
    assert containers.read(TICK)
    assert (containers.happened(), containers.notes()) == ([], [])
    shutil.move(scope(machine), tmp_path / "away")
    containers = reader(machine)
    containers.read(TICK)
    shutil.move(tmp_path / "away", scope(machine))
    found = []
    for ticks in range(1, 7):
        containers.read(after(ticks))
        found += containers.happened()
    (started,) = found
    assert (started.kind, started.entity) == (events.CONTAINER_STARTED, DOCKER)
    assert started.time_ns == (after(5).stamp_ms - 500_500) * 1_000_000


def test_gone_without_an_engine(machine: Path) -> None:
    """A cgroup that is removed has its container stop, for a reason that nobody knows."""
    containers = reader(machine)
    containers.read(TICK)
    shutil.rmtree(scope(machine))
    for ticks in range(1, 6):
        containers.read(after(ticks))
    (event,) = containers.happened()
    assert (event.kind, event.entity, event.attributes) == (events.CONTAINER_STOPPED, DOCKER, {"reason": "gone"})


def test_kills_are_told(machine: Path) -> None:
    """What the kernel counts more than at the beginning, with the count."""
    containers = reader(machine)
    containers.read(TICK)
    (scope(machine) / "memory.events").write_text("oom 2\noom_kill 2\n")
    containers.read(after(1))
    (event,) = containers.happened()
    assert (event.kind, event.entity, event.attributes) == (events.CONTAINER_OOM, DOCKER, {"count": "2"})


def test_an_engine_tells_names_and_ends(machine: Path, tmp_path: Path) -> None:
    """Rows carry what it knows; a container that it says started is found and read at once, and its last values
    are shown although it is gone at the next tick."""
    away = tmp_path / "away"
    shutil.move(scope(machine), away)
    with ScriptedEngine(tmp_path / "engine.sock") as engine:
        about = (engine.folder / "running.json").read_bytes()
        engine.inspected(DOCKER, about)
        engine.inspected(PODMAN, about.replace(b"shop-web-1", b"db"))
        containers = Containers(Roots(f"{machine}/proc", f"{machine}/sys"), [engine.url])
        ticks = until(containers, lambda rows: names_of(rows) == ["db"])
        shutil.move(away, scope(machine))
        engine.tell(line("start"))
        wait_for(lambda: (held := containers._known.get(DOCKER)) is not None and held.last is not None)
        shutil.rmtree(scope(machine))
        last = containers.read(after(ticks + 1))
        assert sorted(names_of(last)) == ["db", "shop-web-1"]
        assert names_of(containers.read(after(ticks + 2))) == ["db"]
        engine.tell(line("die"))
        found = list(containers.happened())
        until(
            containers, lambda _rows: bool(found.extend(containers.happened()) or "exit_code" in str(found)), ticks + 2
        )
        containers.close()
    assert [event.kind for event in found if event.entity == DOCKER] == [
        events.CONTAINER_STARTED,
        events.CONTAINER_HEALTH,
        events.CONTAINER_STOPPED,
    ]
    assert found[-1].attributes == {"container.name": "shop-web-1", "exit_code": "3", "reason": "crashed"}


def line(action: str) -> bytes:
    """An event of the docker container, of about now in the machine's own time."""
    at = (TICK.stamp_ms + {"start": 500, "die": 900}[action]) * 1_000_000
    actor = f'{{"ID":"{DOCKER}","Attributes":{{"name":"shop-web-1","exitCode":"3"}}}}'
    return f'{{"Type":"container","Action":"{action}","Actor":{actor},"timeNano":{at}}}'.encode()


def names_of(found: Iterable[Reading]) -> list[str]:
    """What they are called."""
    return [reading.attributes["container.name"] for reading in found]


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


def until(containers: Containers, condition: Callable[[list[Reading]], bool], ticks: int = 0) -> int:
    """Tick until what is read is as it should be; returns how often."""
    stop = time.monotonic() + PATIENCE_SECONDS
    while True:
        ticks += 1
        # the machine's time hardly moves: it is the engine's thread that is waited for
        if condition(list(containers.read(Tick(TICK.stamp_ms + ticks)))):
            return ticks
        assert time.monotonic() < stop
        time.sleep(0.005)


def test_no_cgroups(tmp_path: Path) -> None:
    """A machine without containers, or without cgroups, has none."""
    assert list(reader(tmp_path).read(TICK)) == []
