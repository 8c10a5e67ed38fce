"""Which metrics beside the catalogue's a host has, as graphs: what other agents send and describe."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from app.node import WebNode
from tidegauge.metrics import described
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.graphs import Graph
from tidegauge.metrics.parts import Series
from tidegauge.metrics.records import HOST, Description
from tidegauge.metrics.steps import DAY, HOUR
from tidegauge.queries.known import Known
from tidegauge.queries.samples import How
from tidegauge.storage.base import StoreError

log = logging.getLogger(__name__)

MOST_GRAPHS = 24
MOST_SERIES = 1_000
"""How many a page looks for: of some entities of each kind each metric that somebody described."""


class Others(NamedTuple):
    """graphs: by kind of entity and name. left: how many more there are. alone: no collector watches this host."""

    graphs: tuple[Graph, ...] = ()
    left: int = 0
    alone: bool = False


def load(node: WebNode, host: str, owned: Mapping[str, Known]) -> Others:
    """What a host's entities held within a day. Nothing while the store does not answer."""
    try:
        known = catalogue()
        metrics = {one.name: one for one in node.store.metrics() if one.name not in known}
        found = _held(node, host, [*_own(host), *_wanted(owned, metrics)]) if metrics else set()
    except StoreError as error:
        log.warning("others_without_store error=%s", error)
        return Others()
    kinds = {(owned[one.entity].entity.kind, one.metric) for one in found if one.metric in metrics}
    graphs = [described.graph(metrics[name], kind) for kind, name in sorted(kinds)]
    alone = bool(graphs) and all(one.metric in metrics for one in found)
    return Others(tuple(graphs[:MOST_GRAPHS]), max(0, len(graphs) - MOST_GRAPHS), alone)


def _own(host: str) -> list[Series]:
    return [Series(host, row.name, row.kind) for row in catalogue().values() if row.entity == HOST]


def _wanted(owned: Mapping[str, Known], metrics: Mapping[str, Description]) -> list[Series]:
    """Series that may be: of the host itself first, and of such parts as no collector makes."""
    measured = {row.entity for row in catalogue().values()} - {HOST}
    entities = [(one.entity.kind != HOST, name) for name, one in owned.items() if one.entity.kind not in measured]
    return [Series(name, one.name, one.kind) for _, name in sorted(entities) for one in metrics.values()][:MOST_SERIES]


def _held(node: WebNode, host: str, wanted: list[Series]) -> set[Series]:
    now_ms = node.presence.host_now(host)
    return set(node.samples.parts(wanted, now_ms - DAY, now_ms + HOUR, How(HOUR, now_ms)).parts.keys)
