"""Containers: their numbers from cgroup and /proc files alone, their names and ends from engines where one is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from collector.containers.container import GONE, Container, begin
from collector.containers.lifecycle import SECOND, Lifecycle
from collector.containers.scopes import Tree
from collector.engines.rows import START
from collector.engines.watch import Watch
from collector.files import read_once
from collector.readings import Reading, Roots
from collector.schedule import Tick
from tidegauge.metrics.records import Event

LOOK_TICKS = 5
FRESH_TICKS = 60


class Containers:
    """Each running container. New ones are looked for at every fifth tick, when one went, and when an engine says so.

    engines: URLs, `none`, or nothing: what is found. The thread that hears engines calls `_glance`; a lock
    guards all else.
    """

    def __init__(self, roots: Roots, engines: Sequence[str] = ("none",), container_labels: Sequence[str] = ()) -> None:
        self._roots = roots
        cgroup = f"{roots.sys}/fs/cgroup"
        self._unified = Path(f"{cgroup}/cgroup.controllers").exists()
        self._cgroup = cgroup
        self._tree = Tree(cgroup if self._unified else f"{cgroup}/cpuacct")
        self._known: dict[str, Container] = {}
        self._ended: list[Container] = []
        self._looked = False
        self._ticks = 0
        self._now_ns = 0
        self._life = Lifecycle()
        self._lock = threading.Lock()
        # a collector in a container finds a socket among the host's files, or mounted at its own path
        places = list(dict.fromkeys((roots.root, "")))
        self._watch = Watch(engines, container_labels, self._glance, time.time_ns, places)

    def read(self, tick: Tick) -> Iterable[Reading]:
        if self._ticks % LOOK_TICKS == 0:
            self._watch.look()
        with self._lock:
            self._now_ns = tick.stamp_ms * 1_000_000
            return list(self._read())

    def happened(self) -> list[Event]:
        """What became of containers since the last call."""
        with self._lock:
            return self._life.happened(self._now_ns, self._watch.hold_seconds() * SECOND)

    def notes(self) -> list[str]:
        """How each engine answers, and what to grant where it may not be asked."""
        return self._watch.notes()

    def close(self) -> None:
        """Hear no engine any longer."""
        self._watch.close()

    def _read(self) -> Iterator[Reading]:
        """Hear what was told, look for new ones, read all; what ended since the last tick shows its last values."""
        told = self._watch.take()
        for one in told:
            self._life.heard(one, self._now_ns)
        fresh = self._ticks % FRESH_TICKS == 0
        if self._ticks % LOOK_TICKS == 0 or any(one.what == START for one in told):
            self._look(self._now_ns, fresh)
        self._ticks += 1
        uptime = self._uptime() if self._known else 0
        for container in list(self._known.values()):
            if reading := self._take(container, uptime):
                yield reading
        yield from self._lasts()

    def _lasts(self) -> Iterator[Reading]:
        """The last values of those that ended since the last tick; of two lives of one only the later."""
        ended, self._ended = {container.scope.id: container for container in self._ended}, []
        for name, container in ended.items():
            if name in self._known:
                continue
            self._describe(container)
            self._watch.forget(name)
            if container.last:
                yield container.last

    def _take(self, container: Container, uptime: float) -> Reading | None:
        """A container's reading; None once it is gone."""
        self._describe(container)
        try:
            reading = container.reading(uptime)
        except OSError as error:
            if error.errno not in GONE:
                raise
            self._went(container, self._now_ns)
            self._ticks = 0
            return None
        self._count(container, self._now_ns)
        container.last = None
        return reading

    def _describe(self, container: Container) -> None:
        about = self._watch.about(container.scope.id)
        if about and container.describe(about):
            self._life.described(container.scope.id, container.name, about.health)

    def _count(self, container: Container, now_ns: int) -> None:
        kills = container.last.values.get("container.memory.oom_kills") if container.last else None
        if kills is not None and kills != container.kills:
            container.kills = kills
            self._life.killed(container.scope.id, kills, now_ns)

    def _went(self, container: Container, now_ns: int) -> None:
        """It is gone; what it showed since the last tick is kept for the next."""
        del self._known[container.scope.id]
        self._ended.append(container)
        if self._life.went(container.scope.id, now_ns):
            self._watch.inquire(container.scope.id)

    def _look(self, now_ns: int, fresh: bool) -> None:
        scopes = {scope.id: scope for scope in self._tree.walk(fresh)}
        for gone in self._known.keys() - scopes.keys():
            self._went(self._known[gone], now_ns)
        for scope in scopes.values():
            if scope.id in self._known:
                continue
            if begun := begin(self._roots, self._cgroup, self._unified, scope):
                self._known[scope.id] = begun
                begun_ns = now_ns - round(max(0.0, self._uptime() - begun.begun_seconds) * SECOND)
                self._life.came(scope.id, begun_ns, now_ns, new=self._looked)
        self._looked = True

    def _glance(self, container: str, now_ns: int) -> bool:
        """Read one container between ticks, as something happened to it; False: it is not to be read."""
        with self._lock:
            known = self._known.get(container)
            if known and not self._shows(known, now_ns):
                self._went(known, now_ns)
                known = None
            if known is None and self._looked:
                self._look(now_ns, fresh=False)
                known = self._known.get(container)
                return known is not None and self._shows(known, now_ns)
            return known is not None

    def _shows(self, container: Container, now_ns: int) -> bool:
        """Whether it could be read; then its last values are kept."""
        self._describe(container)
        try:
            container.reading(self._uptime())
        except OSError:
            return False
        self._count(container, now_ns)
        return True

    def _uptime(self) -> float:
        return float(read_once(f"{self._roots.proc}/uptime").split()[0])
