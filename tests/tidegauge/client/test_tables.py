"""Tables of hosts, containers, metrics, events and gaps."""

from __future__ import annotations

import pandas as pd

from tests.tidegauge.client.sources import NOW, answer, known, series
from tidegauge.client import tables
from tidegauge.client.answer import Happened, Metric

CPU, MEMORY = "system.cpu.utilization", "system.memory.utilization"
METRICS = [
    Metric("system.disk.io.write", "By", "counter", "written", "sectors × 512"),
    Metric("system.disk.io.read", "By", "counter", "read", "sectors × 512"),
    Metric("mine", "1", "gauge"),
]


def test_hosts_have_their_newest_values_and_attributes() -> None:
    """A value that is not known is passed over; a host without rows has NaT and NaN."""
    newest = answer(series([NOW - 2_000, NOW - 1_000], [0.25, None], "h1", CPU), series([NOW], [0.5], "h1", MEMORY))
    df = tables.entities("host", [known("h2"), known("h1", **{"os.type": "linux", "host.name": "web-1"})], newest)
    assert df["name"].tolist() == ["h2", "web-1"]
    assert df.loc[1, ["id", "fleet", "cpu", "memory", "os.type"]].tolist() == ["h1", "default", 0.25, 0.5, "linux"]
    assert df.loc[1, "newest"] == pd.Timestamp(NOW, unit="ms", tz="UTC")
    assert df.loc[0, ["newest", "cpu"]].isna().all()
    assert not {"host.name", "host.id", "host"} & set(df.columns)


def test_containers_name_their_host() -> None:
    """By its name."""
    container = known("c1", "container", host="h1", **{"container.name": "api", "host.name": "web-1"})
    df = tables.entities("container", [container], answer(series([NOW], [1.5], "c1", "container.cpu.time")))
    assert df.loc[0, ["name", "host", "cpu_cores"]].tolist() == ["api", "web-1", 1.5]
    assert list(df.columns[:5]) == ["name", "id", "host", "fleet", "newest"]


def test_no_entity_is_a_table_with_its_columns() -> None:
    """So that code that reads it goes on."""
    df = tables.entities("host", [], answer())
    assert (len(df), {"name", "cpu", "newest"} <= set(df.columns)) == (0, True)


def test_metrics_are_found_by_a_part_of_their_name() -> None:
    """Or by a pattern with a star; by name."""
    df = tables.metrics(METRICS, "disk")
    assert df["metric"].tolist() == ["system.disk.io.read", "system.disk.io.write"]
    assert df.loc[0].tolist() == ["system.disk.io.read", "By", "counter", "read", "sectors × 512"]
    assert tables.metrics(METRICS, "m*")["metric"].tolist() == ["mine"]
    assert tables.metrics([], "x").columns.tolist() == ["metric", "unit", "kind", "help", "formula"]


def test_patterns_give_the_order_of_the_catalogue() -> None:
    """User before system, as the pages draw them; what it lacks comes after, by name."""
    names = ["z", "system.cpu.utilization.system", "a", "system.cpu.utilization.user"]
    assert tables.ordered(names, "*") == ["system.cpu.utilization.user", "system.cpu.utilization.system", "a", "z"]


def test_events_have_their_attributes_as_columns() -> None:
    """Names stand where they are known; an attribute named as one of ours does not push it out."""
    happened = [
        Happened("h1", "c1", NOW * 1_000_000, "container.die", {"exit_code": "137", "kind": "x"}),
        Happened("h1", "h1", (NOW + 1) * 1_000_000, "collector.started", {"version": "1"}),
    ]
    df = tables.events(happened, {"h1": "web-1", "c1": "api"})
    assert list(df.columns) == ["time", "kind", "host", "entity", "id", "exit_code", "version"]
    assert df.loc[0, ["kind", "host", "entity", "exit_code"]].tolist() == ["container.die", "web-1", "api", "137"]
    assert df["time"].tolist() == [pd.Timestamp(NOW + n, unit="ms", tz="UTC") for n in (0, 1)]
    assert tables.events([], {}).columns.tolist() == ["time", "kind", "host", "entity", "id"]


def test_gaps_have_their_length() -> None:
    """In seconds, with the host's name."""
    span = {"start": "2026-01-31T12:00:00.500Z", "end": "2026-01-31T12:01:00.000Z", "state": "late", "text": "t"}
    df = tables.gaps([{"host": "h1", **span}], {"h1": "web-1"})
    assert df.loc[0, ["host", "seconds", "state", "text"]].tolist() == ["web-1", 59.5, "late", "t"]
    assert str(df["start"].dt.tz) == "UTC"
    assert tables.gaps([], {}).columns.tolist() == ["host", "start", "end", "seconds", "state", "text"]
