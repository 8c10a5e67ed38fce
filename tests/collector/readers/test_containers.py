"""Containers from cgroup and /proc files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from collector.readers.containers import FRESH_TICKS, Containers
from collector.readings import Reading, Roots
from tests.collector.machine import BOOT, FIXTURES, TICK, roots

DOCKER, PODMAN = "a" * 64, "b" * 64


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of the machine with cgroup version 2 that a test may change."""
    shutil.copytree(FIXTURES / "cgroup_v2", tmp_path / "m")
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


def test_no_cgroups(tmp_path: Path) -> None:
    """A machine without containers, or without cgroups, has none."""
    assert list(reader(tmp_path).read(TICK)) == []
