"""One container in one life: from its first process until its cgroup is removed."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from collector.containers.cgroup import Cgroup
from collector.containers.cgroup_v1 import CgroupV1
from collector.containers.cgroup_v2 import CgroupV2
from collector.containers.scopes import Scope
from collector.engines.about import About
from collector.files import read_once
from collector.net_dev import total, values
from collector.programs.process_stat import parse
from collector.readings import Reading, Roots

SHORT_ID = 12
GONE = (errno.ENOENT, errno.ENODEV)


class Container:
    """What it shows. begun_seconds: when its first process began, since boot. last: what it showed last, until
    somebody took it. kills: OOM kills that were told."""

    def __init__(self, roots: Roots, scope: Scope, cgroup: Cgroup, pid: int, ticks: int) -> None:
        self.scope = scope
        self.begun_seconds = ticks / 100
        self.last: Reading | None = None
        self.kills: float | None = None
        self._cgroup = cgroup
        self._start = f"{_boot(roots.proc)}:{ticks}"
        self._net = "" if _shares_network(roots, pid) else f"{roots.proc}/{pid}/net/dev"
        self._attributes = {"container.id": scope.id, "container.name": scope.id[:SHORT_ID]}
        if scope.runtime:
            self._attributes["container.runtime"] = scope.runtime
        self._about: About | None = None

    @property
    def name(self) -> str:
        """What an engine calls it; "" as long as none did."""
        return self._about.attributes.get("container.name", "") if self._about else ""

    def describe(self, about: About) -> bool:
        """Have its readings carry what an engine knows of it. Returns whether that is new."""
        if about is self._about:
            return False
        self._about = about
        health = {"container.health": about.health} if about.health else {}
        known = {name: text for name, text in self._attributes.items() if name != "container.health"}
        self._attributes = {**known, **about.attributes, **health}
        if self.last:
            self.last = self.last._replace(attributes=self._attributes)
        return True

    def reading(self, uptime: float) -> Reading:
        """All it shows now. Raises OSError once it is gone."""
        found = self._cgroup.read()
        found.update(self._traffic())
        found["container.uptime"] = round(max(0.0, uptime - self.begun_seconds), 2)
        self.last = Reading("container", self.scope.id, found, self._start, self._attributes)
        return self.last

    def _traffic(self) -> Mapping[str, float]:
        """Its interfaces; unknown where it shares the host's, or its process may not be looked at."""
        # read through a descriptor that is not kept: an open one would keep its network namespace alive
        with suppress(OSError):
            if self._net:
                return values("container", total(read_once(self._net)))
        return {}


def begin(roots: Roots, root: str, unified: bool, scope: Scope) -> Container | None:
    """A container whose first process is known; without a process it does not run. root: of the hierarchies."""
    cgroup: Cgroup = CgroupV2(root, scope.path) if unified else CgroupV1(root, scope.path)
    with suppress(OSError):
        begun = list(_begun(roots.proc, cgroup.processes()))
        if begun:
            ticks, pid = min(begun)
            return Container(roots, scope, cgroup, pid, ticks)
    return None


def _boot(proc: str) -> str:
    return read_once(f"{proc}/sys/kernel/random/boot_id").decode().strip()


def _begun(proc: str, pids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(when it began, its id) of each process that still is: ticks since boot."""
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            yield parse(read_once(f"{proc}/{pid}/stat")).began, pid


def _shares_network(roots: Roots, pid: int) -> bool:
    """Whether a process is in the host's network namespace.

    Who may not see namespaces compares the interfaces: a host with containers has their ends too.
    """
    with suppress(OSError):
        return Path(f"{roots.proc}/{pid}/ns/net").readlink() == Path(f"{roots.process}/ns/net").readlink()
    with suppress(OSError):
        return _names(read_once(f"{roots.proc}/{pid}/net/dev")) == _names(read_once(f"{roots.net}/dev"))
    return False


def _names(net_dev: bytes) -> set[bytes]:
    return {line.rpartition(b":")[0].strip() for line in net_dev.split(b"\n")[2:]}
