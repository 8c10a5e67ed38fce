"""Readings of a tick as a record."""

from __future__ import annotations

import pytest

from collector.builder import Builder
from collector.identity import describe
from collector.readings import Reading
from tests.collector.machine import observed
from tests.rows import INCARNATION, NOW
from tidegauge.metrics import limits
from tidegauge.metrics.records import Record, rows

HOST = describe("h1", "web", "boot", "f", [("rack", "7")], "Linux")
CONTAINER = "c" * 64


@pytest.fixture
def builder() -> Builder:
    """A builder of a host with a period of 1 s."""
    return Builder(HOST, 1000)


def build(builder: Builder, *readings: Reading, seq: int = 0) -> Record:
    """A record of readings."""
    return builder.record(readings, NOW + 1000 * seq, (INCARNATION, seq), [], [])


def disk(name: str, **values: float) -> Reading:
    """A disk's reading; `read` and `write` are bytes."""
    return Reading("disk", name, {f"system.disk.io.{key}": value for key, value in values.items()})


def test_capture_is_sound(builder: Builder) -> None:
    """A record of all that a machine shows keeps every server's limits."""
    record = build(builder, *observed())
    assert limits.check(record) is None
    assert [block.kind for block in record.blocks] == [
        "host", "disk", "network", "container", "cpu", "filesystem", "processes", "process",
    ]  # fmt: skip


def test_names_periods_and_attributes(builder: Builder) -> None:
    """Ids of host, container and device; slow kinds have ten periods; all carry their host."""
    readings = [
        Reading("host", "", {"system.uptime": 1}),
        Reading("container", CONTAINER, {"container.cpu.time": 1}, "boot:7", {"container.id": CONTAINER}),
        Reading("filesystem", "/", {"system.filesystem.limit": 1}, attributes={"device": "/"}),
    ]
    host, container, filesystem = (row.entity for row in rows(build(builder, *readings)))
    assert (host.id, container.id, filesystem.id) == ("h1", CONTAINER, "h1:filesystem:/")
    assert (host.period_ms, container.period_ms, filesystem.period_ms) == (1000, 1000, 10_000)
    assert (host.start, container.start, filesystem.start) == ("boot", "boot:7", "boot")
    assert host.attributes["labels.rack"] == "7"
    assert filesystem.attributes == {"host.id": "h1", "host.name": "web", "fleet": "f", "device": "/"}


def test_an_entity_has_one_row_a_tick(builder: Builder) -> None:
    """Whatever a reader gives: two rows of one time would be one key."""
    record = build(builder, disk("sda", read=1), disk("sdb", read=2), disk("sda", read=3))
    assert [(row.entity.id, row.values["system.disk.io.read"]) for row in rows(record)] == [
        ("h1:disk:sda", 1),
        ("h1:disk:sdb", 2),
    ]


def test_columns_of_rows_that_differ(builder: Builder) -> None:
    """A value that one of the entities has not is unknown, not 0."""
    (block,) = build(builder, disk("a", read=1), disk("b", read=2, write=3)).blocks
    assert [column.name for column in block.columns] == ["system.disk.io.read", "system.disk.io.write"]
    assert block.values == [[1, 2], [None, 3]]
    assert block.columns[0].kind == "counter"


def test_start_after_a_fall(builder: Builder) -> None:
    """A counter that falls without a restart begins a new life of that entity alone."""
    build(builder, disk("a", read=5), disk("b", read=5))
    record = build(builder, disk("a", read=3), disk("b", read=6), seq=1)
    assert [row.entity.start for row in rows(record)] == ["boot#1", "boot"]


def test_new_attributes(builder: Builder) -> None:
    """An entity whose attributes change carries the new ones from then on."""
    reading = Reading("container", CONTAINER, {"container.cpu.time": 1}, "s", {"container.name": "old"})
    build(builder, reading)
    (row,) = rows(build(builder, reading._replace(attributes={"container.name": "new"}), seq=1))
    assert row.entity.attributes["container.name"] == "new"


def test_nothing_read(builder: Builder) -> None:
    """No readings make a record without blocks."""
    assert build(builder).blocks == []
