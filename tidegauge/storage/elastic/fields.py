"""Metrics as fields: what a field is called, what type it has, and what no field can be. Pure.

A raw row has one field a metric, `metrics.<name>`; a minute row one a statistic, `metrics.<name>.<stat>`.
A field is made once an index and keeps its type: what comes later and differs is refused, never rounded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from tidegauge.metrics.records import Description, Kind
from tidegauge.storage.elastic.layout import Family

Fields = dict[str, dict[str, Any]]
"""Mappings by name within `metrics`."""

STATS: dict[Kind, tuple[str, ...]] = {
    "counter": ("first", "last", "min_rate", "max_rate"),
    "gauge": ("count", "min", "max", "sum", "last"),
}
"""The statistics of a minute row, in the order of `MinuteBlock.values`, less the count of a counter."""
RATES = ("min_rate", "max_rate")

OWN = frozenset({"entity", "incarnation", "period_ms", "received", "metrics", "last", "rows", "labels", "host"})
_OWN_BEGINS = ("entity.", "incarnation.", "period_ms.", "received.", "metrics.", "last.", "rows.", "_")
_LOOSE_DOT = re.compile(r"^\.|\.$|\.(?=\.)")
"""Elasticsearch leaves out a dot with nothing beside it: `a.` would be `a`."""


def names(name: str, kind: Kind, family: Family) -> tuple[str, ...]:
    """The fields of a metric in rows of a family."""
    return tuple(f"{name}.{stat}" for stat in STATS[kind]) if family == "minute" else (name,)


def fields(descriptions: Iterable[Description], family: Family) -> Fields:
    """The mappings of some metrics."""
    made: Fields = {}
    for one in descriptions:
        for field in names(one.name, one.kind, family):
            made[field] = _mapping(one, field.rpartition(".")[2] if family == "minute" else "")
    return made


def can_be(name: str) -> bool:
    """Whether a field can have exactly this name."""
    return _LOOSE_DOT.search(name) is None


@lru_cache(4096)
def attribute(key: str) -> str:
    """The field of an attribute: its own name, or one under `labels.` where that is taken or cannot be."""
    if can_be(key) and key not in OWN and not key.startswith(_OWN_BEGINS):
        return key
    return "labels." + _LOOSE_DOT.sub("_", key)


def _mapping(one: Description, stat: str) -> dict[str, Any]:
    is_cumulative = one.kind == "counter" and stat in ("", "first", "last")
    mapping = {"index": False, "time_series_metric": "counter" if is_cumulative else "gauge"}
    if stat == "count" or (one.decimals == 0 and stat not in RATES):
        return {"type": "long", "coerce": False, **mapping}
    return {"type": "double", **mapping}
