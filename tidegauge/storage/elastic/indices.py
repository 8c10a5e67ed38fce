"""Indices as rows need them: created on demand and ahead, with every metric mapped before its first row.

What is there is kept in memory, so that an append asks nothing; what another node or a person changed
is found when the server refuses a row, and `forget` has it looked up again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

from tidegauge.metrics.records import Column, Description
from tidegauge.metrics.steps import HOUR
from tidegauge.storage.base import StoreUnavailableError
from tidegauge.storage.elastic.connection import WRITE_SECONDS, Connection
from tidegauge.storage.elastic.failures import told
from tidegauge.storage.elastic.fields import can_be, fields, names
from tidegauge.storage.elastic.inventory import create, foreign
from tidegauge.storage.elastic.layout import FAMILIES, Family, Index, at
from tidegauge.storage.elastic.rows import Need
from tidegauge.storage.elastic.templates import template

log = logging.getLogger(__name__)

MAX_PRIMARY = 200_000_000
"""Documents a primary shard should hold; Lucene's limit is 2³¹."""
LIMIT = "Limit of total fields"
"""What the server says of an index with as many fields as it may have."""
AHEAD_MS = 2 * HOUR
MAX_NEW = 500
"""Metrics to map as an index is created; more might be too many, which is found afterwards."""
_METRICS = {"type": "object", "subobjects": False, "dynamic": "strict"}
NONE: frozenset[str] = frozenset()

Describe = Callable[[Column], Description]


class Indices:
    """What this process knows of the indices; thread-safe."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._known: dict[str, frozenset[str]] = {}
        self._refused: dict[str, dict[str, str]] = {}
        self.used: set[str] = set()
        """Names of the indices that were needed here of late."""
        self.foreign: set[str] = set()
        """Those of them that are not ours."""

    def unfit(self, need: Need, describe: Describe, now_ms: int) -> frozenset[str]:
        """Have an index there that maps some metrics; the names of those that it cannot take.

        describe: what is known of a metric that is new to the index. Raises StoreError: foreign
        indices of this name too.
        """
        known = self._known.get(need.index.name)
        if known is not None and known.issuperset(need.names):
            return NONE
        with self._lock:
            try:
                return self._make_fit(need, describe, now_ms)
            except _GoneError:
                return self._make_fit(need, describe, now_ms)

    def create_ahead(self, now_ms: int) -> None:
        """Have the indices there that are needed soon. Raises StoreError."""
        for family in FAMILIES:
            need = Need(family, at(family, now_ms + AHEAD_MS), (), ())
            if need.index != at(family, now_ms):
                self.unfit(need, _nothing, now_ms)

    def forget(self, name: str) -> None:
        """Look an index up again when it is next needed."""
        with self._lock:
            self._known.pop(name, None)
            self._refused.pop(name, None)

    def forget_all(self) -> None:
        """Look every index up again, and try again what was refused: limits may have been raised."""
        with self._lock:
            self._known.clear()
            self._refused.clear()
            self.used.clear()
            self.foreign.clear()

    def notes(self) -> list[str]:
        """Sentences on metrics that are not kept, for people."""
        refused = [(name, list(why.values())) for name, why in list(self._refused.items())]
        return [
            f"{name} refuses rows with metrics that it has no field for ({len(why)}): {why[0]}"
            for name, why in refused
            if why
        ]

    def _make_fit(self, need: Need, describe: Describe, now_ms: int) -> frozenset[str]:
        new = [describe(one) for one in need.columns if can_be(one.name)]
        known = self._open(need, new, now_ms)
        refused = self._refused[need.index.name]
        missing = {one.name for one in _missing(need, known) if one.name not in refused}
        refused |= {name: f"{name} cannot name a field" for name in missing if not can_be(name)}
        self._map(need.family, need.index, [one for one in new if one.name in missing])
        return frozenset(refused).intersection(one.name for one in need.columns)

    def _open(self, need: Need, new: Sequence[Description], now_ms: int) -> frozenset[str]:
        """The fields of an index; created, if need be, with new metrics mapped."""
        name = need.index.name
        if (known := self._known.get(name)) is not None:
            return known
        if (known := self._look_up(name)) is None:
            known = self._create(need, new, now_ms)
        self._refused.setdefault(name, {})
        self._known[name] = known
        self.used.add(name)
        return known

    def _create(self, need: Need, new: Sequence[Description], now_ms: int) -> frozenset[str]:
        body = self._body(need, new if len(new) < MAX_NEW else (), now_ms)
        if not create(self._connection, need.index.name, body):
            return self._look_up(need.index.name) or NONE
        log.info("index_created index=%s", need.index.name)
        return frozenset(body["mappings"]["properties"].get("metrics", {}).get("properties", {}))

    def _look_up(self, name: str) -> frozenset[str] | None:
        """The metrics' fields of an index; None where it is not there."""
        params = {"filter_path": "*.mappings._meta,*.mappings.properties.metrics.properties"}
        status, answer = self._connection.call("GET", f"/{name}/_mapping", params=params, allow=(404,))
        self.foreign.discard(name)
        if status == 404:
            return None
        mappings: dict[str, Any] = answer.get(name, {}).get("mappings", {})
        if "tidegauge" not in mappings.get("_meta", {}):
            self.foreign.add(name)
            raise foreign([name])
        return frozenset(mappings.get("properties", {}).get("metrics", {}).get("properties", {}))

    def _body(self, need: Need, new: Sequence[Description], now_ms: int) -> dict[str, Any]:
        """All of the template, too: somebody may have removed it."""
        family, index = need.family, need.index
        body = template(family)["template"]
        mappings = body["mappings"]
        settings = {**body["settings"], "index.number_of_shards": self._primaries(family, index, now_ms)}
        if family != "events":
            settings["index.time_series"] = {"start_time": index.start_ms, "end_time": index.end_ms}
            properties = mappings["properties"]
            metrics = {**properties["metrics"], "properties": fields(new, family) | properties["metrics"]["properties"]}
            mappings = {**mappings, "properties": {**properties, "metrics": metrics}}
        return {"settings": settings, "mappings": mappings}

    def _primaries(self, family: Family, index: Index, now_ms: int) -> int:
        before = at(family, index.start_ms - 1)
        counted = self._connection.call("GET", f"/{before.name}/_count", allow=(404,))[1].get("count", 0)
        return primaries(counted, before, now_ms)

    def _map(self, family: Family, index: Index, new: list[Description]) -> None:
        """Map metrics, as many at once as the server takes; note those that it refuses."""
        size = len(new)
        while new:
            reason = self._put(family, index, new[:size])
            if reason is None:
                new = new[size:]
            elif size > 1:
                new = self._unmapped(new, family, index)
                size = (min(size, len(new)) + 1) // 2
            elif LIMIT in reason:
                self._refuse(index, new, reason)
                return
            else:
                self._refuse(index, new[:1], reason)
                new, size = new[1:], len(new)

    def _put(self, family: Family, index: Index, new: Sequence[Description]) -> str | None:
        """Map metrics; why not, if the server refuses. What another node mapped meanwhile is known then."""
        known = self._known[index.name]
        added = {name: one for name, one in fields(new, family).items() if name not in known}
        body = {"properties": {"metrics": {**_METRICS, "properties": added}}}
        params = {"timeout": "5s", "master_timeout": "5s"}
        status, answer = self._connection.call(
            "PUT", f"/{index.name}/_mapping", params=params, body=body, timeout=WRITE_SECONDS, allow=(400, 404)
        )
        if status == 404:
            del self._known[index.name]
            raise _GoneError(f"the index {index.name} was deleted just now")
        if status == 200:
            self._known[index.name] = known.union(added)
            return None
        self._known[index.name] = self._look_up(index.name) or NONE
        return told(answer)[1]

    def _unmapped(self, new: Sequence[Description], family: Family, index: Index) -> list[Description]:
        """Those that no other node mapped meanwhile."""
        known = self._known[index.name]
        return [one for one in new if not known.issuperset(names(one.name, one.kind, family))]

    def _refuse(self, index: Index, new: Sequence[Description], reason: str) -> None:
        self._refused[index.name] |= {one.name: reason for one in new}
        log.error("metrics_refused index=%s count=%d reason=%s", index.name, len(new), reason)


def _nothing(column: Column) -> Description:
    return Description(column.name, column.kind, "", "")


def primaries(documents: int, before: Index, now_ms: int) -> int:
    """How many primary shards an index needs, by the documents that the one before it holds so far."""
    span = before.end_ms - before.start_ms
    elapsed = min(max(now_ms - before.start_ms, span // 24), span)
    return max(1, -(-documents * span // (elapsed * MAX_PRIMARY)))


class _GoneError(StoreUnavailableError):
    """An index that was there is not any more: somebody deleted it."""


def _missing(need: Need, known: frozenset[str]) -> list[Column]:
    return [one for one in need.columns if not known.issuperset(names(one.name, one.kind, need.family))]
