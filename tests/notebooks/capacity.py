"""Three days of a fleet in minute rows: one host too busy, one disk that fills, one limit too small."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from random import Random
from typing import NamedTuple

from tests.elasticsearch import server
from tests.notebooks.shop import GIB
from tests.notebooks.shop import entity as entity_of
from tidegauge.metrics.catalogue import catalogue, describe
from tidegauge.metrics.records import Column, Description, Entity, MinuteBlock, Record
from tidegauge.metrics.steps import DAY, HOUR, MINUTE
from tidegauge.storage.base import Arrival, Store, StoreUnavailableError

DAYS = 3
END_MS = 1_769_990_400_000
"""2 February 2026, 00:00 UTC."""
BATCH, TRIES = 12, 20


class Host(NamedTuple):
    """busy: share of its CPUs in the evening. disk, growth: share used at first, and what it grows by a day.

    containers: a name, and the share of its memory limit that it reaches.
    """

    name: str
    busy: float
    disk: float
    growth: float
    containers: tuple[tuple[str, float], ...]


HOSTS = (
    Host("web-1", 0.46, 0.31, 0.000, (("shop", 0.55), ("cart", 0.42))),
    Host("web-2", 0.44, 0.33, 0.000, (("shop", 0.57), ("cart", 0.40))),
    Host("search-1", 0.83, 0.52, 0.004, (("index", 0.71),)),
    Host("db-1", 0.38, 0.71, 0.012, (("postgres", 0.78),)),
    Host("mail-1", 0.09, 0.22, 0.001, (("smtp", 0.25), ("filter", 0.96))),
)


def store_all(store: Store) -> None:
    """Put all of it into a store."""
    arrivals = [Arrival(record, END_MS, 0) for host in HOSTS for record in records(host)]
    for first in range(0, len(arrivals), BATCH):
        _append(store, arrivals[first : first + BATCH])


def settle(url: str) -> None:
    """Let a server show all that was stored; an index that was just made answers only after a moment."""
    server.ask(url, "POST", "/tidegauge-*/_refresh")
    server.ask(url, "GET", "/_cluster/health/tidegauge-*?wait_for_status=yellow&timeout=30s", timeout=40)


def _append(store: Store, arrivals: Sequence[Arrival]) -> None:
    """As collectors do: again and again, until it is answered."""
    for _ in range(TRIES):
        with suppress(StoreUnavailableError):
            if {one.outcome for one in store.append(arrivals)} <= {"stored", "duplicate"}:
                return
    raise AssertionError(f"not stored in {TRIES} tries")


def records(host: Host) -> Iterator[Record]:
    """A host's records, one an hour."""
    random = Random(host.name)
    begin_ms = END_MS - DAYS * DAY
    incarnation = f"{begin_ms}-{random.getrandbits(32):08x}"
    for hour in range(DAYS * 24):
        minutes = range(begin_ms + hour * HOUR, begin_ms + (hour + 1) * HOUR, MINUTE)
        entities = [_host(host, random), _disk(host), *(_container(host, place, random) for place in _places(host))]
        blocks = [_block(minutes, *one) for one in entities]
        described = _described(blocks) if hour == 0 else []
        yield Record(host=host.name, incarnation=incarnation, seq=hour, minutes=blocks, metrics=described)


Tell = Callable[[int], dict[str, list[float]]]
"""The numbers of an entity's metrics in the minute that begins at a time."""


def _host(host: Host, random: Random) -> tuple[Entity, int, Tell]:
    def tell(at: int) -> dict[str, list[float]]:
        evening = 0.5 + 0.5 * math.sin(2 * math.pi * (at % DAY / DAY - 0.54))
        busy = host.busy * (0.2 + 0.8 * evening) + random.uniform(0, 0.03)
        memory = 0.35 + 0.4 * busy
        return {
            "system.cpu.utilization": _gauge(60, busy, 0.7 * busy, min(1, 1.2 * busy)),
            "system.memory.utilization": _gauge(60, memory, memory - 0.01, memory + 0.01),
        }

    return entity_of(host.name, "host"), 60, tell


def _disk(host: Host) -> tuple[Entity, int, Tell]:
    def tell(at: int) -> dict[str, list[float]]:
        used = host.disk + host.growth * (at - END_MS + DAYS * DAY) / DAY
        return {"system.filesystem.utilization": _gauge(6, used, used, used)}

    about = entity_of(host.name, "host").attributes | {"device": "/"}
    return Entity(f"{host.name}:filesystem:/", "filesystem", "boot", 10_000, about), 6, tell


def _places(host: Host) -> range:
    return range(len(host.containers))


def _container(host: Host, place: int, random: Random) -> tuple[Entity, int, Tell]:
    name, share = host.containers[place]
    cores = 4 * host.busy / len(host.containers)

    def tell(at: int) -> dict[str, list[float]]:
        seconds = (at - END_MS + DAYS * DAY) / 1000
        used = round(2 * GIB * share * random.uniform(0.93, 0.99))
        time = [60, round(cores * seconds, 2), round(cores * (seconds + 59), 2), 0.4 * cores, 2.1 * cores]
        return {
            "container.cpu.time": [round(number, 4) for number in time],
            "container.memory.working_set": _gauge(60, used, used, round(2 * GIB * share)),
            "container.memory.limit": _gauge(60, 2 * GIB, 2 * GIB, 2 * GIB),
        }

    return entity_of(host.name, "container", name), 60, tell


def _gauge(rows: int, mean: float, least: float, greatest: float) -> list[float]:
    return [rows, *(round(number, 4) for number in (least, greatest, rows * mean, mean))]


def _block(minutes: Sequence[int], entity: Entity, rows: int, tell: Tell) -> MinuteBlock:
    told = [tell(at) for at in minutes]
    known = catalogue()
    return MinuteBlock(
        kind=entity.kind,
        entities=[entity],
        columns=[Column(name, known[name].kind) for name in told[0]],
        entity=[0] * len(minutes),
        times=list(minutes),
        ends=[at + MINUTE - 1000 for at in minutes],
        rows=[rows] * len(minutes),
        values=[[one[name] for one in told] for name in told[0]],
    )


def _described(blocks: Sequence[MinuteBlock]) -> list[Description]:
    return describe(dict.fromkeys(column.name for block in blocks for column in block.columns))
