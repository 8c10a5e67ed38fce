"""Rows and records for tests, with little to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegauge.metrics.records import Block, Column, Entity, Event, Kind, Record, Row

INCARNATION = "1700000000000-aaaaaaaa"
LATER = "1700000000001-bbbbbbbb"
NOW = 1_700_000_000_000

KINDS: dict[str, Kind] = {"gauge": "gauge", "counter": "counter"}


def host(name: str = "h1", **attributes: str) -> Entity:
    """A host entity with a period of 1 s."""
    return Entity(name, "host", "boot", 1000, {"host.id": name, "host.name": name, "fleet": "default", **attributes})


def row(time_ms: int, entity: Entity | None = None, incarnation: str = INCARNATION, **values: float) -> Row:
    """A row of a host's entity."""
    entity = entity or host()
    return Row(entity, entity.attributes.get("host.id", entity.id), incarnation, time_ms, values)


def record(
    times: Sequence[int],
    columns: Mapping[str, Sequence[float | None]],
    seq: int = 0,
    entity: Entity | None = None,
    incarnation: str = INCARNATION,
    events: Sequence[Event] = (),
) -> Record:
    """A record of one entity's rows; a column named `gauge…` or `counter…` is of that kind."""
    entity = entity or host()
    block = Block(
        kind=entity.kind,
        entities=[entity],
        columns=[Column(name, KINDS["counter" if name.startswith("counter") else "gauge"]) for name in columns],
        entity=[0] * len(times),
        times=list(times),
        values=[list(values) for values in columns.values()],
    )
    owner = entity.attributes.get("host.id", entity.id)
    return Record(host=owner, incarnation=incarnation, seq=seq, blocks=[block] if times else [], events=list(events))
