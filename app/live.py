"""WS /live: the browser stream. Two directions, one thread each: orders in, messages out."""

from __future__ import annotations

import logging
import threading
from typing import Any

from simple_websocket import ConnectionClosed

import tidegauge
from app import messages
from app.links import BEAT, LinkNews
from app.me import Mine
from app.messages import Order
from app.node import WebNode
from app.outbox import Outbox
from app.system import System
from app.visit import Visit
from tidegauge.metrics.query import QueryError
from tidegauge.metrics.ranges import RangeError

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often each thread looks whether the other gave the browser up."""
BEAT_SECONDS = 0.8
"""A browser hears something so often: one that hears nothing for two seconds says that the link is lost."""
END_SECONDS = 5.0
ORDERS = ("subscribe", "unsubscribe", "watch")
TOO_SLOW = (1013, "too slow: come again for everything")
GOING_AWAY = (1001, "this node stops")
SIGNED_OUT = 4401


def serve(ws: Any, node: WebNode, system: System, mine: Mine, visit: Visit) -> None:
    """Serve one browser until it goes. Runs in the request's thread and one of its own."""
    outbox = Outbox()
    outbox.put(messages.hello(system.name, node.window_ms, tidegauge.__version__))
    node.join(outbox)
    sender = threading.Thread(target=_send, args=(ws, outbox, system.news), name="live-sender", daemon=True)
    sender.start()
    try:
        with mine.told(outbox):
            _listen(ws, node, system, outbox, visit)
    except ConnectionClosed:
        log.debug("browser_left")
    finally:
        outbox.close()
        node.leave(outbox)
        sender.join(END_SECONDS)


def _listen(ws: Any, node: WebNode, system: System, outbox: Outbox, visit: Visit) -> None:
    while not outbox.closed:
        visit.look(outbox)
        text = ws.receive(timeout=LOOK_SECONDS)
        if text is not None:
            obey(node, system, outbox, text)


def obey(node: WebNode, system: System, outbox: Outbox, text: str | bytes) -> None:
    """Follow one order; what cannot be followed is answered with an error message."""
    order = messages.read_order(text)
    if order is None or order.op not in ORDERS:
        outbox.put(messages.error(None, "order", "not an order", f"op is one of {', '.join(ORDERS)}"))
        return
    try:
        _follow(node, system, outbox, order)
    except (QueryError, RangeError) as error:
        outbox.put(messages.error(order.id, "query", str(error), "docs/api.md describes queries"))


def _follow(node: WebNode, system: System, outbox: Outbox, order: Order) -> None:
    if order.op == "subscribe":
        node.board.subscribe(outbox, order.id, order.query)
    elif order.op == "unsubscribe":
        node.board.unsubscribe(outbox, order.id)
    elif order.system:
        node.unwatch(outbox)
        system.watch(outbox)
    else:
        system.leave(outbox)
        node.watch_host(outbox, order.host, order.start, order.end, order.container, order.find)


def _send(ws: Any, outbox: Outbox, news: LinkNews) -> None:
    known = None
    try:
        while not outbox.closed:
            waiting = outbox.take(BEAT_SECONDS)
            for message in waiting:
                ws.send(message)
            if (cause := news.cause()) != known:
                known = cause
                ws.send(news.text(cause))
            elif not waiting:
                ws.send(BEAT)
        ws.close(*_farewell(outbox))
    except (ConnectionClosed, OSError):
        outbox.close()


def _farewell(outbox: Outbox) -> tuple[int, str]:
    if outbox.ended:
        return SIGNED_OUT, outbox.ended
    return TOO_SLOW if outbox.overflowed else GOING_AWAY
