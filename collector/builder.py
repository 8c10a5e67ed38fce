"""Readings of a tick as a record: blocks by kind of entity, values by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.identity import Host
from collector.readings import Reading
from collector.schedule import SLOW_TICKS
from collector.starts import KNOWN, Starts
from tidegauge.metrics.catalogue import catalogue, columns
from tidegauge.metrics.records import HOST, Block, Column, Description, Entity, Event, Record

SLOW_KINDS = frozenset({"cpu", "filesystem", "process", "processes"})


class Builder:
    """Makes the records of one host. It knows each entity's last start; one thread uses it."""

    def __init__(self, host: Host, period_ms: int) -> None:
        self._host = host
        self._period_ms = period_ms
        self._starts = Starts(frozenset(row.name for row in catalogue().values() if row.kind == "counter"))
        self._columns: dict[tuple[str, ...], list[Column]] = {}
        self._entities: dict[str, tuple[Mapping[str, str], Entity]] = {}

    def record(
        self,
        readings: Sequence[Reading],
        stamp_ms: int,
        name: tuple[str, int],
        events: list[Event],
        metrics: list[Description],
    ) -> Record:
        """The record `name`d (incarnation, seq): all rows at `stamp_ms`, of two readings of one entity the first."""
        kinds: dict[str, dict[str, Reading]] = {}
        for reading in readings:
            kinds.setdefault(reading.kind, {}).setdefault(reading.name, reading)
        blocks = [self._block(kind, list(found.values()), stamp_ms) for kind, found in kinds.items()]
        incarnation, seq = name
        return Record(
            host=self._host.id, incarnation=incarnation, seq=seq, blocks=blocks, events=events, metrics=metrics
        )

    def _block(self, kind: str, readings: list[Reading], stamp_ms: int) -> Block:
        names = tuple(dict.fromkeys(name for reading in readings for name in reading.values))
        known = self._columns.get(names)
        if known is None:
            _forget_all(self._columns)
            known = self._columns[names] = columns(names)
        rows = range(len(readings))
        return Block(
            kind=kind,
            entities=[self._entity(reading) for reading in readings],
            columns=known,
            entity=list(rows),
            times=[stamp_ms] * len(rows),
            values=[[reading.values.get(name) for reading in readings] for name in names],
        )

    def _entity(self, reading: Reading) -> Entity:
        name = self._id(reading)
        start = self._starts.start(name, reading.start or self._host.start, reading.values)
        attributes, known = self._entities.get(name, (None, None))
        if known is None or known.start != start or attributes != reading.attributes:
            known = Entity(name, reading.kind, start, self._period(reading), self._about(reading))
            _forget_all(self._entities)
            self._entities[name] = reading.attributes, known
        return known

    def _id(self, reading: Reading) -> str:
        if reading.kind == HOST:
            return self._host.id
        return reading.name if reading.kind == "container" else f"{self._host.id}:{reading.kind}:{reading.name}"

    def _period(self, reading: Reading) -> int:
        return self._period_ms * (SLOW_TICKS if reading.kind in SLOW_KINDS else 1)

    def _about(self, reading: Reading) -> dict[str, str]:
        shared = self._host.attributes if reading.kind == HOST else self._host.shared
        return {**shared, **reading.attributes}


def _forget_all(known: dict[Any, Any]) -> None:
    """Keep what is known within bounds; what is forgotten is made again."""
    if len(known) >= KNOWN:
        known.clear()
