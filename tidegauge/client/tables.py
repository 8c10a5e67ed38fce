"""Tables: hosts, containers, metrics, events as frames, a row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from tidegauge.client.answer import Answer, Happened, Known, Metric, Series
from tidegauge.client.frames import moments
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.records import CONTAINER, HOST

NEWEST = {
    HOST: {
        "cpu": "system.cpu.utilization",
        "load_1m": "system.cpu.load_average.1m",
        "memory": "system.memory.utilization",
        "swap": "system.paging.utilization",
        "uptime_seconds": "system.uptime",
    },
    CONTAINER: {
        "cpu_cores": "container.cpu.time",
        "memory_bytes": "container.memory.working_set",
        "memory_limit_bytes": "container.memory.limit",
        "pids": "container.pids.count",
        "uptime_seconds": "container.uptime",
    },
}
"""Columns of newest values and their metrics, by kind of entity."""

_NAMES = {HOST: "host.name", CONTAINER: "container.name"}


def entities(kind: str, known: Sequence[Known], newest: Answer) -> pd.DataFrame:
    """Hosts or containers: name, id, (a container's host,) fleet, newest (time), newest values, attributes.

    Values that are not known are NaN, and newest is NaT where no row came in the time that was asked.
    """
    lines = {(one.entity, one.metric): one for one in newest.series if one.time_ms}
    rows = [_entity(kind, one, lines) for one in known]
    frame = pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(_head(kind)))
    frame["newest"] = pd.to_datetime(frame["newest"], unit="ms", utc=True)
    frame[list(NEWEST[kind])] = frame[list(NEWEST[kind])].astype("float64")
    return frame.sort_values(["name", "id"], ignore_index=True)


def _head(kind: str) -> dict[str, Any]:
    columns = ("name", "id", *(["host"] if kind == CONTAINER else []), "fleet", "newest", *NEWEST[kind])
    return dict.fromkeys(columns)


def _entity(kind: str, one: Known, lines: Mapping[tuple[str, str], Series]) -> dict[str, Any]:
    own = {column: lines.get((one.entity, metric)) for column, metric in NEWEST[kind].items()}
    row = {
        **_head(kind),
        "name": one.attributes.get(_NAMES[kind], one.entity),
        "id": one.entity,
        "fleet": one.attributes.get("fleet", ""),
        "newest": max((line.time_ms[-1] for line in own.values() if line), default=None),
        **{column: _last(line) for column, line in own.items()},
    }
    if kind == CONTAINER:
        row["host"] = one.attributes.get("host.name", one.host)
    shown = {_NAMES[kind], "fleet", "host.id", "host.name", "container.id"}
    return row | {name: text for name, text in sorted(one.attributes.items()) if name not in shown}


def _last(line: Series | None) -> float | None:
    """The newest value that is known."""
    return next((value for value in reversed(line.value) if value is not None), None) if line else None


def metrics(described: Sequence[Metric], pattern: str) -> pd.DataFrame:
    """Metrics by name: metric, unit (UCUM), kind, help, formula; those whose name holds the pattern, or matches it
    if it has a `*`."""
    columns = ("metric", "unit", "kind", "help", "formula")
    found = sorted((one for one in described if matches(one.metric, pattern)), key=lambda one: one.metric)
    return pd.DataFrame([[getattr(one, name) for name in columns] for one in found], columns=list(columns))


def matches(name: str, pattern: str) -> bool:
    """Whether a metric's name holds a pattern, or matches it if it has a `*`."""
    return fnmatchcase(name, pattern) if "*" in pattern else pattern in name


def ordered(names: Iterable[str], pattern: str) -> list[str]:
    """The names of metrics that match a pattern, in the order of the catalogue, others after them by name."""
    order = {name: place for place, name in enumerate(catalogue())}
    return sorted((one for one in names if matches(one, pattern)), key=lambda one: (order.get(one, len(order)), one))


def events(happened: Sequence[Happened], names: Mapping[str, str]) -> pd.DataFrame:
    """Events by time: time, kind, host, entity (names where known), id, and each attribute as a column.

    names: of entities, by id.
    """
    rows: list[dict[str, Any]] = [
        {
            "kind": one.kind,
            "host": names.get(one.host, one.host),
            "entity": names.get(one.entity) or one.attributes.get("container.name", one.entity),
            "id": one.entity,
            **{name: text for name, text in one.attributes.items() if name not in ("time", *_EVENT)},
        }
        for one in happened
    ]
    frame = pd.DataFrame(rows, columns=None if rows else list(_EVENT))
    frame.insert(0, "time", moments([one.time_ns // 1_000_000 for one in happened]))
    return frame


_EVENT = ("kind", "host", "entity", "id")


def gaps(spans: Sequence[Mapping[str, str]], names: Mapping[str, str]) -> pd.DataFrame:
    """Gaps by time: host (its name where known), start, end, seconds, state, text."""
    frame = pd.DataFrame([dict(span) for span in spans], columns=["host", "start", "end", "state", "text"])
    frame["host"] = frame["host"].map(lambda host: names.get(host, host))
    for column in ("start", "end"):
        frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    frame.insert(3, "seconds", (frame["end"] - frame["start"]).dt.total_seconds())
    return frame
