"""WS /api/v1/stream: the node stream. Hello, presence and entities; then deltas by topic.

The reader sends `{"watch": [topics]}` and `{"unwatch": [topics]}`; each topic begins with this
node's window of it. What it gets are envelopes (tidegauge.cluster.envelope).
"""

from __future__ import annotations

from typing import Any

import msgspec

from tidegauge.cluster import envelope, frames
from tidegauge.cluster.frames import Hello
from tidegauge.cluster.inbox import LaggedError
from tidegauge.cluster.mesh import LocalLink

PAUSE_SECONDS = 0.05


class Order(msgspec.Struct, frozen=True):
    """What a reader asks for."""

    watch: list[str] = []
    unwatch: list[str] = []


def serve(ws: Any, link: LocalLink, hello: Hello) -> None:
    """Serve one reader until it goes, or the link is closed."""
    ws.send(frames.encode(hello).decode())
    while not link.closed:
        try:
            _obey(ws, link)
            deliveries = link.take(PAUSE_SECONDS)
        except LaggedError:
            ws.close(1013, "too slow: come again for a fresh snapshot")
            return
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            ws.close(1008, "an order is a JSON object with watch and unwatch")
            return
        for message in envelope.messages(deliveries):
            ws.send(message)
    ws.close(1001, "this node stops")


def _obey(ws: Any, link: LocalLink) -> None:
    while (text := ws.receive(timeout=0)) is not None:
        order = msgspec.json.decode(text, type=Order)
        for topic in order.watch:
            link.watch(topic)
        for topic in order.unwatch:
            link.unwatch(topic)
