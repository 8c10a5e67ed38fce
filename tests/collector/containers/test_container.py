"""One container in one life."""

from __future__ import annotations

from pathlib import Path

from collector.containers.container import Container, begin
from collector.containers.scopes import Scope
from collector.engines.about import About
from tests.collector.machine import BOOT, FIXTURES, roots

ID = "a" * 64
ROOT = str(FIXTURES / "cgroup_v2/sys/fs/cgroup")
SCOPE = Scope(ID, "docker", f"/system.slice/docker-{ID}.scope")


def container() -> Container:
    """The captured one."""
    made = begin(roots("cgroup_v2"), ROOT, True, SCOPE)
    assert made is not None
    return made


def test_begins_with_its_first_process() -> None:
    """The oldest of its processes tells when; what it shows is kept."""
    made = container()
    assert (made.begun_seconds, made.last) == (3500, None)
    reading = made.reading(4000.5)
    assert (reading.start, reading.values["container.uptime"]) == (f"{BOOT}:350000", 500.5)
    assert made.last is reading


def test_without_a_process(tmp_path: Path) -> None:
    """A cgroup that holds none is no container that runs."""
    assert begin(roots("cgroup_v2"), str(tmp_path), True, SCOPE) is None
    assert begin(roots("cgroup_v2"), str(tmp_path), False, SCOPE) is None


def test_described() -> None:
    """An engine's words replace the short id; a health that is no more is taken away."""
    made = container()
    assert (made.name, made.reading(4000).attributes["container.name"]) == ("", ID[:12])
    healthy = About({"container.name": "web", "container.image.name": "nginx"}, "healthy")
    assert made.describe(healthy)
    assert not made.describe(healthy)
    assert made.last is not None
    assert made.last.attributes["container.name"] == "web"
    assert (made.name, made.reading(4000).attributes["container.health"]) == ("web", "healthy")
    assert made.describe(About({"container.name": "web-2"}))
    attributes = made.reading(4000).attributes
    assert (attributes["container.name"], attributes["container.runtime"]) == ("web-2", "docker")
    assert "container.health" not in attributes
