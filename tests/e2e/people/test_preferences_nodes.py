"""What a person set, over two web nodes and a real Elasticsearch: any node may be killed, the store may be down."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.e2e.clusters import Cluster, cluster, own_nodes
from tests.e2e.programs import Program, eventually
from tests.elasticsearch.server import Node

pytestmark = [pytest.mark.elasticsearch, pytest.mark.processes]

URL = "/api/v1/me/preferences"
TOLD_SECONDS = 5.0
"""Within which every node has what one of them wrote."""


@pytest.fixture(scope="module")
def store() -> Iterator[Node]:
    """An Elasticsearch that may be killed."""
    with own_nodes() as (node,):
        yield node


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory, store: Node) -> Iterator[Cluster]:
    """Two web nodes over it."""
    folder: Path = tmp_path_factory.mktemp("preferences")
    with cluster(folder, store.url, ingest=1, web=2) as made:
        for node in made.web:
            eventually(lambda node=node: kept(node), 60, "a web node that has read the store")
        eventually(lambda: change(made.web[0], theme="light")[0] == 200, 60, "a store that is new and keeps something")
        yield made


def change(node: Program, **what: object) -> tuple[int, Any]:
    """The status and the answer of a change."""
    connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)
    try:
        connection.request("PATCH", URL, json.dumps(what))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def changed(node: Program, **what: object) -> dict[str, Any]:
    """What is kept after a change that must be."""
    status, told = change(node, **what)
    assert status == 200, told
    kept: dict[str, Any] = told["kept"]
    return kept


def kept(node: Program) -> dict[str, Any]:
    """What a node says is kept; nothing while it does not know."""
    found: dict[str, Any] = node.get(URL).get("kept", {})
    return found


def test_each_node_has_what_another_wrote(nodes: Cluster) -> None:
    """Within five seconds; an open browser at the other node is told."""
    one, other = nodes.web
    with connect(f"ws://127.0.0.1:{other.port}/live", open_timeout=20, close_timeout=0.1) as ws:
        expected = changed(one, theme="dark", pin=["db-2"], last="/hosts/db-2?from=now-1h")
        eventually(lambda: kept(other) == expected, TOLD_SECONDS, "the other node's preferences")
        told = eventually(lambda: _told(ws, expected["count"]), TOLD_SECONDS, "word of them")
        assert told == expected


def _told(ws: Any, count: int) -> dict[str, Any] | None:
    message = json.loads(ws.recv(timeout=10))
    found: dict[str, Any] | None = message.get("kept") if message["type"] == "preferences" else None
    return found if found and found["count"] >= count else None


def test_both_nodes_write_at_once_and_every_pin_survives(nodes: Cluster) -> None:
    """Whole documents would overwrite each other."""
    expected = {f"{side}-{n}" for side in range(2) for n in range(10)}
    writers = [
        threading.Thread(target=lambda side=side: [changed(nodes.web[side], pin=[f"{side}-{n}"]) for n in range(10)])
        for side in range(2)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    for node in nodes.web:
        eventually(lambda node=node: expected <= {*kept(node).get("pins", ())}, TOLD_SECONDS, "all pins")
    changed(nodes.web[0], unpin=sorted(expected))


def test_each_node_killed_in_turn_loses_nothing(nodes: Cluster) -> None:
    """What was answered is at the other node while one is dead, and at the dead one when it is back."""
    for turn, (dies, lives) in enumerate((nodes.web, nodes.web[::-1])):
        before = changed(dies, pin=[f"before-{turn}"])
        dies.kill_all()
        eventually(lambda lives=lives, before=before: kept(lives) == before, TOLD_SECONDS, "what the dead node wrote")
        after = changed(lives, pin=[f"meanwhile-{turn}"])
        dies.launch()
        eventually(dies.is_alive, 60, "the node")
        eventually(lambda dies=dies, after=after: kept(dies) == after, TOLD_SECONDS, "what it missed")
    assert {*kept(nodes.web[0])["pins"]} >= {f"{when}-{turn}" for when in ("before", "meanwhile") for turn in range(2)}


def test_while_the_store_is_down_reads_go_on(nodes: Cluster, store: Node) -> None:
    """On both nodes; a change is answered with 503, and can be made when the store is back."""
    expected = changed(nodes.web[0], theme="light")
    eventually(lambda: kept(nodes.web[1]) == expected, TOLD_SECONDS, "the other node's preferences")
    store.kill()
    for node in nodes.web:
        status, told = change(node, theme="dark")
        assert (status, told["error"]) == (503, "store")
        assert kept(node) == expected
    store.launch()
    after = eventually(lambda: _changed_again(nodes.web[1]), 120, "the store")
    assert after["pins"] == expected["pins"]
    for node in nodes.web:
        eventually(lambda node=node: kept(node) == after, 2 * TOLD_SECONDS, "the change")


def _changed_again(node: Program) -> dict[str, Any] | None:
    with suppress(OSError):
        status, told = change(node, theme="dark")
        return told["kept"] if status == 200 else None
    return None
