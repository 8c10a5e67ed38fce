"""A small web shop of three hosts and its incident: numbers at any second, the same each time.

Second 0 is the begin of the story. On db-1 a backup runs, the network is cut in the middle of it, and
the collector is killed a little later.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from tidegauge.metrics import events
from tidegauge.metrics.catalogue import catalogue, describe
from tidegauge.metrics.records import Block, Column, Description, Entity, Event, Record

SECONDS = 12 * 60
BACKUP = (5 * 60, 9 * 60)
CUT = (6 * 60, 7 * 60 + 30)
"""No packet of db-1 reaches the server; its collector keeps what it takes."""
KILLED = (9 * 60 + 40, 10 * 60 + 20)
"""No collector runs on db-1."""
BURSTS = (6 * 60 + 12, 8 * 60 + 21)
"""When the backup packs, for so many seconds."""
BURST_SECONDS = 9
GIB = 1 << 30


class Host(NamedTuple):
    """A host of the shop. busy: about how much of it; containers: names."""

    name: str
    cores: int
    memory: int
    busy: float
    containers: tuple[str, ...]


HOSTS = (
    Host("web-1", 4, 8 * GIB, 0.30, ("shop", "cart")),
    Host("web-2", 4, 8 * GIB, 0.26, ("shop", "cart")),
    Host("db-1", 8, 32 * GIB, 0.22, ("postgres",)),
)


class Teller:
    """Tells a host's rows second by second, in order; counters grow as it goes."""

    def __init__(self, host: Host, begin_ms: int) -> None:
        self.host = host
        self._begin_ms = begin_ms
        self._random = Random(host.name)
        self._counters: dict[str, float] = {}
        self._seq = 0
        self.incarnation = ""
        self.restart(0)

    def restart(self, second: int) -> None:
        """The collector begins a new life."""
        self.incarnation = f"{self._begin_ms + 1000 * second}-{self._random.getrandbits(32):08x}"

    def record(self, seconds: Sequence[int], happened: Sequence[Event] = ()) -> Record:
        """The rows of some seconds."""
        rows = [(second, self._at(second)) for second in seconds]
        kinds = dict.fromkeys(entity.kind for _, found in rows for entity, _ in found)
        self._seq += 1
        blocks = [self._block(kind, rows) for kind in kinds]
        return Record(
            host=self.host.name,
            incarnation=self.incarnation,
            seq=self._seq,
            blocks=blocks,
            events=list(happened),
            metrics=_described(blocks) if self._seq == 1 else [],
        )

    def _block(self, kind: str, rows: Sequence[tuple[int, list[tuple[Entity, dict[str, float]]]]]) -> Block:
        own = [(second, entity, values) for second, found in rows for entity, values in found if entity.kind == kind]
        names = list(dict.fromkeys(name for *_, values in own for name in values))
        entities = list({entity.id: entity for _, entity, _ in own}.values())
        place = {entity.id: i for i, entity in enumerate(entities)}
        known = catalogue()
        return Block(
            kind=kind,
            entities=entities,
            columns=[Column(name, known[name].kind) for name in names],
            entity=[place[entity.id] for _, entity, _ in own],
            times=[self._begin_ms + 1000 * second for second, *_ in own],
            values=[[values.get(name) for *_, values in own] for name in names],
        )

    def _at(self, second: int) -> list[tuple[Entity, dict[str, float]]]:
        host, wave = self.host, 0.06 * math.sin(second / 90) + 0.03 * math.sin(second / 7)
        is_backed_up = host.name == "db-1" and BACKUP[0] <= second < BACKUP[1]
        is_packing = is_backed_up and any(begin <= second < begin + BURST_SECONDS for begin in BURSTS)
        busy = host.busy + wave * host.busy * 2 + self._random.uniform(0, 0.03) + (0.12 if is_backed_up else 0)
        busy = 0.995 if is_packing else busy
        waited = self._random.uniform(0.18, 0.26) if is_backed_up and not is_packing else self._random.uniform(0, 0.01)
        names = (*host.containers, "backup") if is_backed_up else host.containers
        found = [(self._entity("host"), self._host(second, min(1, busy), min(waited, 1 - busy)))]
        found.append((self._entity("disk", "sda"), self._disk(is_backed_up)))
        backup = (0.85 if is_packing else 0.12) if is_backed_up else 0
        for name in names:
            share = backup if name == "backup" else 0.95 * (busy - backup) / len(host.containers)
            found.append((self._entity("container", name), self._container(name, share, second)))
        return found

    def _host(self, second: int, busy: float, waited: float) -> dict[str, float]:
        used = self.host.memory * (0.42 + 0.05 * busy)
        cached = self.host.memory * 0.31
        values = {
            "system.cpu.utilization": busy,
            "system.cpu.utilization.user": busy * 0.74,
            "system.cpu.utilization.system": busy * 0.23,
            "system.cpu.utilization.interrupt": busy * 0.03,
            "system.cpu.utilization.iowait": waited,
            "system.memory.utilization": used / self.host.memory,
        }
        return {
            **{name: round(value, 4) for name, value in values.items()},
            "system.cpu.logical.count": self.host.cores,
            "system.cpu.load_average.1m": round(busy * self.host.cores + 6 * waited, 2),
            "system.memory.usage.used": round(used),
            "system.memory.usage.buffers": self.host.memory // 64,
            "system.memory.usage.cached": round(cached),
            "system.memory.usage.free": self.host.memory - round(used) - self.host.memory // 64 - round(cached),
            "system.memory.limit": self.host.memory,
            "system.uptime": 864_000 + second,
        }

    def _disk(self, is_backed_up: bool) -> dict[str, float]:
        read = self._random.uniform(150e6, 190e6) if is_backed_up else self._random.uniform(0.2e6, 2e6)
        return {
            "system.disk.io.read": self._grown("read", read),
            "system.disk.io.write": self._grown("write", self._random.uniform(1e6, 4e6)),
        }

    def _container(self, name: str, share: float, second: int) -> dict[str, float]:
        return {
            "container.cpu.time": round(self._grown(f"{name}.cpu", share * self.host.cores * 1000) / 1000, 3),
            "container.memory.working_set": round(GIB * (0.6 + 0.2 * math.sin(second / 400)) + GIB * share),
            "container.memory.limit": 2 * GIB,
            "container.pids.count": 12,
            "container.uptime": 3600 + second,
        }

    def _grown(self, name: str, by: float) -> int:
        self._counters[name] = self._counters.get(name, 0) + by
        return round(self._counters[name])

    def _entity(self, kind: str, name: str = "") -> Entity:
        return entity(self.host.name, kind, name)


def _described(blocks: Sequence[Block]) -> list[Description]:
    return describe(dict.fromkeys(column.name for block in blocks for column in block.columns))


def entity(host: str, kind: str, name: str = "") -> Entity:
    """A host, or one of its disks or containers."""
    shared = {"host.id": host, "host.name": host, "fleet": "shop"}
    if kind == "host":
        return Entity(host, kind, "boot", 1000, shared | {"os.type": "linux"})
    if kind == "disk":
        return Entity(f"{host}:disk:{name}", kind, "boot", 1000, shared | {"device": name})
    about = {"container.id": container(host, name), "container.name": name, "container.image.name": f"shop/{name}"}
    return Entity(container(host, name), kind, f"boot:{name}", 1000, shared | about | {"container.runtime": "docker"})


def container(host: str, name: str) -> str:
    """A container's id."""
    return f"{Random(f'{host}/{name}').getrandbits(256):064x}"


def happened(host: str, second: int, begin_ms: int) -> list[Event]:
    """What happened on a host at a second."""
    if host != "db-1":
        return []
    at = begin_ms + 1000 * second
    backup = container(host, "backup")
    if second == BACKUP[0]:
        return [Event(backup, at * 10**6, "container.start", {"image": "shop/backup"})]
    if second == BACKUP[1]:
        return [Event(backup, at * 10**6, "container.die", {"image": "shop/backup", "exit_code": "0"})]
    if second == KILLED[1]:
        claim = events.gap(host, "stopped", begin_ms + 1000 * (KILLED[0] - 1), at, KILLED[1] - KILLED[0], at)
        return [Event(host, at * 10**6, events.COLLECTOR_STARTED, {}), claim]
    return []
