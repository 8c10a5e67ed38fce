"""Containers, from cgroup and /proc files alone: no engine is asked, and no socket of one is needed."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from collector.cgroup import Cgroup
from collector.cgroup_v1 import CgroupV1
from collector.cgroup_v2 import CgroupV2
from collector.files import read_once
from collector.net_dev import total, values
from collector.readings import Reading, Roots
from collector.schedule import Tick
from collector.scopes import Scope, Tree

LOOK_TICKS = 5
FRESH_TICKS = 60
SHORT_ID = 12
GONE = (errno.ENOENT, errno.ENODEV)


class Containers:
    """Each running container. New ones are looked for at every fifth tick, and when one went."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        cgroup = f"{roots.sys}/fs/cgroup"
        self._unified = Path(f"{cgroup}/cgroup.controllers").exists()
        self._cgroup = cgroup
        self._tree = Tree(cgroup if self._unified else f"{cgroup}/cpuacct")
        self._known: dict[str, _Container] = {}
        self._ticks = 0

    def read(self, _tick: Tick) -> Iterator[Reading]:
        if self._ticks % LOOK_TICKS == 0:
            self._look(fresh=self._ticks % FRESH_TICKS == 0)
        self._ticks += 1
        uptime = float(read_once(f"{self._roots.proc}/uptime").split()[0]) if self._known else 0
        gone = False
        for container in list(self._known.values()):
            try:
                yield container.reading(uptime)
            except OSError as error:
                if error.errno not in GONE:
                    raise
                del self._known[container.scope.id]
                gone = True
        if gone:
            self._ticks = 0

    def _look(self, fresh: bool) -> None:
        scopes = {scope.id: scope for scope in self._tree.walk(fresh)}
        for gone in self._known.keys() - scopes.keys():
            del self._known[gone]
        for scope in scopes.values():
            if scope.id not in self._known and (begun := self._begin(scope)):
                self._known[scope.id] = begun

    def _begin(self, scope: Scope) -> _Container | None:
        """A container whose first process is known; without a process it does not run."""
        cgroup: Cgroup = CgroupV2(self._cgroup, scope.path) if self._unified else CgroupV1(self._cgroup, scope.path)
        with suppress(OSError):
            begun = list(_begun(self._roots.proc, cgroup.processes()))
            if begun:
                ticks, pid = min(begun)
                return _Container(self._roots, scope, cgroup, pid, ticks)
        return None


class _Container:
    """A container in one life: from its first process until its cgroup is removed."""

    def __init__(self, roots: Roots, scope: Scope, cgroup: Cgroup, pid: int, ticks: int) -> None:
        self.scope = scope
        self._cgroup = cgroup
        self._begun_seconds = ticks / 100
        self._start = f"{_boot(roots.proc)}:{ticks}"
        self._net = "" if _shares_network(roots, pid) else f"{roots.proc}/{pid}/net/dev"
        self._attributes = {"container.id": scope.id, "container.name": scope.id[:SHORT_ID]}
        if scope.runtime:
            self._attributes["container.runtime"] = scope.runtime

    def reading(self, uptime: float) -> Reading:
        """All it shows now. Raises OSError once it is gone."""
        found = self._cgroup.read()
        found.update(self._traffic())
        found["container.uptime"] = round(max(0.0, uptime - self._begun_seconds), 2)
        return Reading("container", self.scope.id, found, self._start, self._attributes)

    def _traffic(self) -> Mapping[str, float]:
        """Its interfaces; unknown where it shares the host's, or its process may not be looked at."""
        # read through a descriptor that is not kept: an open one would keep its network namespace alive
        with suppress(OSError):
            if self._net:
                return values("container", total(read_once(self._net)))
        return {}


def _boot(proc: str) -> str:
    return read_once(f"{proc}/sys/kernel/random/boot_id").decode().strip()


def _begun(proc: str, pids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """(when it began, its id) of each process that still is: ticks since boot, field 22 of its stat."""
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            stat = read_once(f"{proc}/{pid}/stat")
            # the command before it is in brackets and may itself hold brackets
            yield int(stat[stat.rfind(b")") + 2 :].split(None, 20)[19]), pid


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
