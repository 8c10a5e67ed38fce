"""Bodies of searches: the files of `queries/`, read once, with what is asked for in place of each `$name`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from tidegauge.metrics.records import Kind
from tidegauge.storage.elastic.slices import Slice, What

Body = dict[str, Any]
Metric = tuple[str, Kind]


def buckets(within: Slice, page: int, step_ms: int, what: What, metrics: Sequence[Metric]) -> Body:
    """Rows by entity, incarnation, start and bucket: at most `page` lines, in that order.

    A line has the aggregations named for a row and, as `<n>.<name>`, for the n-th metric.
    """
    values = _template("values")[what]
    named = dict(values["row"])
    for n, (metric, kind) in enumerate(metrics):
        wanted = _filled(values[kind], {"metric": _field(metric)})
        named |= {f"{n}.{name}": value for name, value in wanted.items()}
    time = "last" if what == "lasts" else "@timestamp"
    known = {"within": _within(within), "page": page, "time": time, "interval": f"{step_ms}ms", "values": named}
    return _body("buckets", known)


def after(body: Body, key: Mapping[str, Any] | None) -> Body:
    """The same body, for the lines that come after one."""
    if key is not None:
        body["aggs"]["buckets"]["composite"]["after"] = key
    return body


def named(body: Body) -> tuple[str, ...]:
    """The names of what each line has."""
    return tuple(body["aggs"]["buckets"]["aggs"])


def having(metric: str, kind: Kind, what: What) -> Body:
    """The condition that a row has a metric."""
    end = "" if what == "raw" else ".first" if kind == "counter" else ".count"
    return {"exists": {"field": _field(metric) + end}}


def at(what: What, times_ms: Sequence[int]) -> Body:
    """The condition that a raw row (rows) was taken at one of these times, or the last of a minute's (lasts)."""
    return {"terms": {"last" if what == "lasts" else "@timestamp": times_ms}}


def narrowed(body: Body, conditions: Sequence[Body]) -> Body:
    """The same body, of the rows alone that meet conditions too."""
    body["query"]["bool"]["filter"] += conditions
    return body


def latest(within: Slice, size: int) -> Body:
    """The latest row of each entity, without its metrics. No entities: of all."""
    return _body("latest", {"within": _within(within), "size": size})


def indices() -> Body:
    """How many rows each index has."""
    return _body("indices", {})


def incarnation(host: str) -> Body:
    """The greatest incarnation of a host."""
    return _body("incarnation", {"host": host})


def _field(metric: str) -> str:
    """The field of a metric; in minute rows what the names of its statistics begin with."""
    return f"metrics.{metric}"


def _within(within: Slice) -> Body:
    body = _body("within", {"start": within.start_ms, "end": within.end_ms, "entities": within.entities})
    if not within.entities:
        del body["bool"]["filter"][1]
    return body


@lru_cache
def _template(name: str) -> Any:
    """What a file says; it is shared: only to be read."""
    return msgspec.json.decode(files(__package__).joinpath("queries", f"{name}.json").read_bytes())


def _body(name: str, values: Mapping[str, object]) -> Body:
    filled: Body = _filled(_template(name), values)
    return filled


def _filled(template: Any, values: Mapping[str, object]) -> Any:
    """A copy with the value in place of each "$name", and "<value>.rest" in place of each "$name.rest"."""
    if isinstance(template, dict):
        return {_filled(key, values): _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    if not isinstance(template, str) or not template.startswith("$"):
        return template
    name, dot, rest = template[1:].partition(".")
    return f"{values[name]}.{rest}" if dot else values[name]
