"""WS /api/v1/stream: the node stream. Hello, presence and entities; then deltas by topic.

The reader sends `{"watch": [topics]}` and `{"unwatch": [topics]}`; each topic begins with this
node's window of it. Every message is an envelope: topic, counter, held_ms, and the frame's JSON.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tidegauge.cluster import frames
from tidegauge.cluster.frames import Delivery, Hello
from tidegauge.cluster.hub import LaggedError
from tidegauge.cluster.mesh import LocalLink

PAUSE_SECONDS = 0.05


class Order(msgspec.Struct, frozen=True):
    """What a reader asks for."""

    watch: list[str] = []
    unwatch: list[str] = []


def envelope(delivery: Delivery) -> bytes:
    """A delivery as it goes over the wire: the frame's own bytes within."""
    message = {
        "topic": delivery.topic,
        "counter": delivery.counter,
        "held_ms": delivery.held_ms,
        "frame": msgspec.Raw(delivery.frame),
    }
    return msgspec.json.encode(message)


def serve(ws: Any, link: LocalLink, node: str, window_ms: int) -> None:
    """Serve one reader until it goes, or the link is closed."""
    hello = Hello(node=node, versions=[frames.VERSION], nodes=[node], window_ms=window_ms)
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
        for delivery in deliveries:
            ws.send(envelope(delivery).decode())
    ws.close(1001, "this node stops")


def _obey(ws: Any, link: LocalLink) -> None:
    while (text := ws.receive(timeout=0)) is not None:
        order = msgspec.json.decode(text, type=Order)
        for topic in order.watch:
            link.watch(topic)
        for topic in order.unwatch:
            link.unwatch(topic)
