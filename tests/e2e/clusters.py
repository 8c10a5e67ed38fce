"""A real Elasticsearch, ingest nodes and web nodes on this machine, for tests that end them at bad moments."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import keys
from tests.e2e.balancer import Balancer
from tests.e2e.fleet import Row
from tests.e2e.programs import Program, eventually, free_port
from tests.e2e.tcp_proxy import TcpProxy
from tests.elasticsearch.server import Node, ask, wipe
from tests.elasticsearch.sources import NoServerError

PAGE = 10_000
HEAP_MB = 512
RAW, MINUTE = "tidegauge-raw-*", "tidegauge-minute-*"


@contextmanager
def own_nodes(count: int = 1) -> Iterator[list[Node]]:
    """An Elasticsearch of so many nodes, which a test may kill, ended in the end. Where none can be had the
    test is skipped, but in CI it fails.
    """
    with ExitStack() as closing:
        try:
            ports = [free_port() for _ in range(count)]
            nodes = [Node(heap_mb=HEAP_MB, idle=True, transport_port=port, settings=_together(ports)) for port in ports]
            for node in nodes:
                closing.callback(node.close)
                node.launch()
            nodes[0].wait(count)
        except NoServerError as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"no Elasticsearch: {error}")
            pytest.skip(f"NO ELASTICSEARCH, its failures are not tested: {error}")
        yield nodes


def _together(ports: Sequence[int]) -> list[str]:
    """Settings of nodes that are one cluster by their transport ports; none for a node alone."""
    if len(ports) == 1:
        return []
    addresses = [f"127.0.0.1:{port}" for port in ports]
    return [
        f"cluster.name: tidegauge-{ports[0]}",
        f"discovery.seed_hosts: {json.dumps(addresses)}",
        f"cluster.initial_master_nodes: {json.dumps(addresses)}",
        "xpack.security.enabled: false",
    ]


class Cluster:
    """Programs over a store, at URLs that stay the same whatever is started again. balancer: nginx before them.
    ways: web nodes reach each ingest node through a proxy, whose URL it gives as its own; they find it in the store.
    """

    def __init__(
        self,
        folder: Path,
        store: str,
        ingest: int = 1,
        web: int = 1,
        balancer: Balancer | None = None,
        ways: bool = False,
    ) -> None:
        self.store = store
        self.balancer = balancer
        told = ["--store", store, *(["--public", balancer.url] if balancer else [])]
        known = keys.ENVIRONMENT if balancer or ways else {}
        self.ways = [TcpProxy(free_port()) for _ in range(ingest if ways else 0)]
        self.ingest = [
            Program("ingest", folder, *told, "--advertise", way.url, port=way.target, **known) for way in self.ways
        ] or [Program("ingest", folder, *told, **known) for _ in range(ingest)]
        peers = [] if ways else ["--peers", ",".join(self.urls)]
        self.web = [Program("web", folder, *told, *peers, **known) for _ in range(web)]

    @property
    def urls(self) -> list[str]:
        """Where collectors send."""
        return [node.url for node in self.ingest]

    @property
    def programs(self) -> list[Program]:
        """All nodes."""
        return [*self.ingest, *self.web]

    def start(self) -> None:
        """Start all nodes; they are ready but for the store."""
        self.launch(self.programs)
        if self.balancer:
            self.balance(self.balancer)

    def launch(self, nodes: Sequence[Program]) -> None:
        """Start some nodes."""
        for node in nodes:
            node.launch()
        for node in nodes:
            eventually(node.is_alive, 60, "a node")

    def balance(self, balancer: Balancer) -> None:
        """Start nginx before the nodes."""
        balancer.lead_to([node.port for node in self.web], [node.port for node in self.ingest])
        balancer.start()

    def close(self) -> None:
        """End it all."""
        with ExitStack() as closing:
            for part in (*self.ways, *self.programs):
                closing.callback(part.close)
            if self.balancer:
                closing.callback(self.balancer.close)


@contextmanager
def cluster(folder: Path, store: str, ingest: int = 1, web: int = 1, **more: Any) -> Iterator[Cluster]:
    """A cluster that runs, ended in the end."""
    made = Cluster(folder, store, ingest, web, **more)
    try:
        made.start()
        yield made
    finally:
        made.close()


@contextmanager
def balanced(folder: Path, store: str) -> Iterator[tuple[Cluster, Balancer]]:
    """Two ingest nodes and two web nodes behind nginx, with a proxy on the way to each ingest node, and an account."""
    keys.add_user(store)
    balancer = Balancer(folder)
    with cluster(folder, store, ingest=2, web=2, balancer=balancer, ways=True) as made:
        yield made, balancer


def wiped(node: Node) -> Node:
    """A node in which nothing of ours is."""
    wipe(node.url)
    return node


def stored(url: str, indices: str = RAW) -> Counter[Row]:
    """How often each key is in the store, by Elasticsearch's own word."""
    ask(url, "POST", f"/{indices}/_refresh")
    body = {
        "size": PAGE,
        "sort": ["_doc"],
        "_source": False,
        "docvalue_fields": ["entity.id", "incarnation", {"field": "@timestamp", "format": "epoch_millis"}],
    }
    answer = ask(url, "POST", f"/{indices}/_search?scroll=1m", body)
    found: Counter[Row] = Counter()
    while hits := answer["hits"]["hits"]:
        fields = [hit["fields"] for hit in hits]
        found.update((f["entity.id"][0], f["incarnation"][0], int(f["@timestamp"][0])) for f in fields)
        answer = ask(url, "POST", "/_search/scroll", {"scroll": "1m", "scroll_id": answer["_scroll_id"]})
    return found


def lost_and_doubled(acknowledged: Sequence[Row], found: Counter[Row]) -> tuple[list[Row], list[Row]]:
    """Rows that were acknowledged and are not stored, and rows that are stored more than once."""
    return [row for row in acknowledged if row not in found], [row for row, count in found.items() if count > 1]
