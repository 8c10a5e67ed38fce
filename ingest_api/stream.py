"""WS /api/v1/stream: the node stream. Hello, presence and entities; then deltas by topic.

The reader sends orders: in the first it says who it is; then `{"watch": [topics]}` and `{"unwatch": [topics]}`,
where each topic begins with this node's window of it (a metric's comes piece by piece, beside what goes on), and once
a second `{"ping": number}`, which comes back as a Pong, with the reader's digest of what it makes of hosts. What it
gets are envelopes (tidegauge.cluster.envelope).
"""

from __future__ import annotations

import logging
import socket
import threading
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from simple_websocket import ConnectionClosed

from ingest_api.subscribers import Reader
from tidegauge.cluster import envelope, frames
from tidegauge.cluster.frames import MAX_DIGEST, PONG_TOPIC, Delivery, Hello, Pong, Subscriber
from tidegauge.cluster.heartbeat import SILENT_SECONDS
from tidegauge.cluster.inbox import LaggedError
from tidegauge.cluster.mesh import LocalLink

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
STOPS = 1001, "this node stops"
NO_ORDER = 1008, "an order is a JSON object with watch, unwatch, ping and reader"


class Order(msgspec.Struct, frozen=True):
    """What a reader asks for, and who it is."""

    watch: list[str] = []
    unwatch: list[str] = []
    ping: int | None = None
    reader: Subscriber | None = None
    digest: Annotated[str, Meta(max_length=MAX_DIGEST)] = ""


def serve(ws: Any, link: LocalLink, hello: Hello, reader: Reader, silent_seconds: float = SILENT_SECONDS) -> None:
    """Serve one reader until it goes or dies, or the link is closed. Orders are taken by a thread of its own."""
    ws.send(frames.encode(hello).decode())
    threading.Thread(target=_listen, args=(ws, link, reader, silent_seconds), name="orders", daemon=True).start()
    while not link.closed:
        try:
            deliveries = link.take(PAUSE_SECONDS)
        except LaggedError:
            ws.close(1013, "too slow: come again for a fresh snapshot")
            return
        for message in envelope.messages(deliveries):
            ws.send(message)
    ws.close(*(NO_ORDER if reader.is_wrong else STOPS))


def _listen(ws: Any, link: LocalLink, reader: Reader, silent_seconds: float) -> None:
    """Obey until the reader goes, sends what is no order, or sent pings and sends nothing any more."""
    try:
        while not link.closed:
            text = ws.receive(timeout=silent_seconds)
            if text is None and reader.pings:
                log.warning("reader_silent reader=%r", reader.subscriber.name if reader.subscriber else "")
                ws.sock.shutdown(socket.SHUT_RDWR)
                break
            if text is not None and not _obey(text, link, reader):
                reader.is_wrong = True  # the thread that writes says so: two at once break the protocol
                break
    except (ConnectionClosed, OSError):
        log.debug("reader_left")
    finally:  # nobody is served whose orders nobody takes
        link.close()


def _obey(text: str | bytes, link: LocalLink, reader: Reader) -> bool:
    """Do what a message says; whether it is an order."""
    try:
        order = msgspec.json.decode(text, type=Order)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    reader.subscriber = order.reader or reader.subscriber
    reader.digest = order.digest or reader.digest
    for topic in order.watch:
        link.watch(topic)
    for topic in order.unwatch:
        link.unwatch(topic)
    if order.ping is not None:
        reader.pings = True
        link.put([Delivery(PONG_TOPIC, 0, 0, frames.encode(Pong(order.ping)))])
    return True
