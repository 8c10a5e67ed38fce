"""Descriptions of metrics, kept as documents of the collection `metrics`: a name's latest one.

A metric that is stored and was never described has a bare one: its kind alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

import msgspec

from tidegauge.metrics.catalogue import catalogue, describe
from tidegauge.metrics.records import Column, Description
from tidegauge.storage.base import Arrival, StoreUnavailableError
from tidegauge.storage.elastic import bulk, documents
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.layout import DOCUMENTS
from tidegauge.storage.elastic.setup import Setup

COLLECTION = "metrics"
_NAME = attrgetter("name")
_decode = msgspec.json.Decoder(Description).decode


class Descriptions:
    """What is known of metrics; other nodes' are read when first needed. Thread-safe."""

    def __init__(self, connection: Connection, setup: Setup) -> None:
        self._connection = connection
        self._setup = setup
        self._lock = threading.Lock()
        self._known: dict[str, Description] = {}
        self._is_read = False
        self._catalogue = {one.name: one for one in describe(catalogue())}

    def learn(self, arrivals: Iterable[Arrival]) -> None:
        """Keep the descriptions that came, and bare ones of metrics that nobody has described. Raises StoreError."""
        sent = {one.name: one for arrival in arrivals for one in arrival.record.metrics}
        columns = [some for arrival in arrivals for some in _columns(arrival)]
        if self._is_read and not sent and self._known.keys() >= set().union(*(map(_NAME, some) for some in columns)):
            return
        with self._lock:
            lost = self._read()
            known = self._known
            bare = {one.name: _bare(one) for some in columns for one in some if one.name not in known}
            added = [*lost, *(one for name, one in bare.items() if name not in sent)]
            self._keep([one for name, one in sent.items() if known.get(name) != one], added)

    def of(self, column: Column) -> Description:
        """What is known of a metric, of the kind that its column says."""
        known = self._known.get(column.name)
        if known is None or known == _bare(column):
            known = self._catalogue.get(column.name, known)
        return known if known is not None and known.kind == column.kind else _bare(column)

    def all(self) -> list[Description]:
        """Every metric by name. Raises StoreError."""
        return [_decode(one.body) for one in documents.read(self._connection, COLLECTION)]

    def forget(self) -> None:
        """Read again what others wrote, or removed, when it is next needed."""
        self._is_read = False

    def _read(self) -> list[Description]:
        """Take in what is stored; what is known and not stored (any more)."""
        if self._is_read:
            return []
        stored = {one.name: one for one in self.all()}
        lost = [one for name, one in self._known.items() if name not in stored]
        self._known = self._known | stored
        self._is_read = True
        return lost

    def _keep(self, described: Sequence[Description], added: Sequence[Description]) -> None:
        """Write some, and others unless there is one of their name."""
        lines = [_line("index", one) for one in described] + [_line("create", one) for one in added]
        verdicts = bulk.send(self._connection, lines)
        if any(verdict.fate == "missing" for verdict in verdicts):
            self._setup.renew()
            verdicts = bulk.send(self._connection, lines)
        for verdict in verdicts:
            if verdict.fate not in ("stored", "duplicate"):
                raise StoreUnavailableError(f"descriptions of metrics cannot be written: {verdict.reason}")
        self._known = self._known | {one.name: one for one in (*added, *described)}


def _columns(arrival: Arrival) -> Iterator[Sequence[Column]]:
    yield from (block.columns for block in arrival.record.blocks)
    yield from (block.columns for block in arrival.record.minutes)


def _bare(column: Column) -> Description:
    return Description(column.name, column.kind, "", "")


def _line(operation: str, one: Description) -> bytes:
    action = {operation: {"_index": DOCUMENTS, "_id": documents.name(COLLECTION, one.name)}}
    document = documents.source(COLLECTION, one.name, msgspec.json.encode(one))
    return msgspec.json.encode(action) + b"\n" + msgspec.json.encode(document) + b"\n"
