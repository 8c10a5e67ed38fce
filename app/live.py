"""WS /live: the browser stream. One thread serves all of a node's browsers, a few others follow their orders.

A thread a browser would cost more than what it is told, and take those that answer other requests.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import tidegauge
from app import messages
from app.links import BEAT, Cause
from app.me import Mine
from app.messages import Order
from app.node import WebNode
from app.outbox import Outbox
from app.system import System
from app.visit import Visit
from app.wire import GoneError, Wire
from tidegauge.metrics.query import QueryError
from tidegauge.metrics.ranges import RangeError

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.005
"""What is told within so long goes to a browser in one piece."""
LOOK_SECONDS = 0.25
"""How often it is looked at each browser, whatever it does."""
BEAT_SECONDS = 0.8
"""A browser hears something so often: one that hears nothing for two seconds says that the link is lost."""
VISIT_SECONDS = 1.0
"""How often it is looked whether a browser may stay."""
PING_SECONDS = 25.0
"""How often a browser is asked for a sign of life; one that gives none until the next time is given up."""
STUCK_SECONDS = 5.0
"""How long a browser may take nothing of what waits for it, or leave a goodbye unanswered."""
WORKERS = 8
"""How many orders are followed at a time: each may wait for the store, and many keep the rows waiting."""
MOST_ORDERS = 1_000
"""How many orders of one browser may wait."""
ORDERS = ("subscribe", "unsubscribe", "watch")
TOO_SLOW = (1013, "too slow: come again for everything")
GOING_AWAY = (1001, "this node stops")
SIGNED_OUT = 4401


class Browser:
    """One that is connected. All but its outbox and its orders is the serving thread's alone."""

    def __init__(self, wire: Wire, outbox: Outbox, visit: Visit, now: float) -> None:
        self.wire = wire
        self.outbox = outbox
        self.visit = visit
        self.orders: deque[str] = deque()
        self.is_followed = False
        """Whether a worker is at its orders."""
        self.is_gone = False
        self.leaves = contextlib.ExitStack()
        """What is undone when it is gone."""
        self.cause: Cause | None = None
        """What it was told of the node's links."""
        self.is_blocked = False
        """Whether something waits for it to read."""
        self.told_at = self.heard_at = self.pinged_at = self.moved_at = now
        self.visited_at = 0.0


class Live:
    """A web node's browsers. Thread-safe; its thread lives as long as there are some. most: how many there may be.
    ping_seconds: how often each is asked for a sign of life."""

    def __init__(self, node: WebNode, system: System, most: int, ping_seconds: float = PING_SECONDS) -> None:
        self._ping_seconds = ping_seconds
        self._node = node
        self._system = system
        self._most = most
        self._lock = threading.Lock()
        self._browsers: set[Browser] = set()
        self._ready: set[Browser] = set()
        self._thread: threading.Thread | None = None
        self._workers = ThreadPoolExecutor(WORKERS, "live-orders")

    @property
    def is_full(self) -> bool:
        """Whether there are as many as there may be."""
        return len(self._browsers) >= self._most

    def enter(self, wire: Wire, mine: Mine, visit: Visit) -> None:
        """Serve a browser from now on."""
        outbox = Outbox(ready=lambda: self._wake(browser))
        browser = Browser(wire, outbox, visit, time.monotonic())
        outbox.put(messages.hello(self._system.name, self._node.window_ms, tidegauge.__version__))
        browser.leaves.callback(self._node.leave, outbox)
        browser.leaves.callback(self._system.leave, outbox)
        self._node.join(outbox)
        browser.leaves.enter_context(mine.told(outbox))
        with self._lock:
            if self._thread is None:
                self._begin()
            self._browsers.add(browser)
            self._selector.register(wire.sock, selectors.EVENT_READ, browser)
        self._wake(browser)

    def _begin(self) -> None:
        self._bell, self._rope = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    def _end(self) -> bool:
        """End if nobody is left."""
        with self._lock:
            if self._browsers:
                return False
            for one in (self._selector, self._bell, self._rope):
                one.close()
            self._ready.clear()
            self._thread = None
            return True

    def _wake(self, browser: Browser) -> None:
        with self._lock:
            if self._thread is not None and not browser.is_gone:
                if not self._ready:
                    self._rope.send(b"\0")
                self._ready.add(browser)

    def _run(self) -> None:
        """Serve until nobody is left. What is told is gathered for a moment, so that one row is one piece."""
        looked_at = 0.0
        while not self._end():
            for key, mask in self._selector.select(LOOK_SECONDS):
                if key.data is None:
                    time.sleep(GATHER_SECONDS)
                    self._bell.recv(1 << 16)
                else:
                    self._serve(key.data, mask)
            with self._lock:
                ready, self._ready = self._ready, set()
            for browser in ready:
                self._attempt(browser, self._tell)
            if (now := time.monotonic()) - looked_at >= LOOK_SECONDS:
                looked_at = now
                for browser in list(self._browsers):
                    self._attempt(browser, self._look)

    def _serve(self, browser: Browser, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._attempt(browser, self._tell)
        if mask & selectors.EVENT_READ:
            self._attempt(browser, self._hear)

    def _attempt(self, browser: Browser, act: Callable[[Browser], None]) -> None:
        """Do something for a browser that is there; one that went is let go, and one of which our own code makes a
        mistake: the thread is everybody's."""
        if browser.is_gone:
            return
        try:
            act(browser)
        except GoneError as error:
            log.debug("browser_left why=%s", error)
            self._let_go(browser)
        except Exception:
            log.exception("browser_failed")
            self._let_go(browser)

    def _hear(self, browser: Browser) -> None:
        orders = browser.wire.receive()
        browser.heard_at = time.monotonic()
        if orders:
            if len(browser.orders) > MOST_ORDERS:
                raise GoneError("it orders faster than can be followed")
            browser.orders.extend(orders)
            self._follow(browser)

    def _tell(self, browser: Browser) -> None:
        """Send what waits; nothing is taken out of the outbox while the browser does not read what was sent."""
        wire, outbox, waited = browser.wire, browser.outbox, browser.wire.waiting
        wire.flush()
        if outbox.closed:
            wire.close(*_farewell(outbox))
        elif not wire.waiting:
            told = outbox.take()
            if (cause := self._system.news.cause()) != browser.cause:
                browser.cause = cause
                told.append(self._system.news.text(cause))
            if told:
                browser.told_at = time.monotonic()
                wire.send(told)
        if wire.waiting < waited or not waited:
            browser.moved_at = time.monotonic()
        if bool(wire.waiting) is not browser.is_blocked:
            browser.is_blocked = bool(wire.waiting)
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if browser.is_blocked else 0)
            self._selector.modify(wire.sock, wanted, browser)

    def _look(self, browser: Browser) -> None:
        """What time brings: leave that ends, beats, pings, and an end with one that takes nothing."""
        now, wire = time.monotonic(), browser.wire
        if (browser.is_blocked or wire.is_closing) and now - browser.moved_at > STUCK_SECONDS:
            raise GoneError("it takes nothing")
        if wire.is_closing:
            return
        if now - browser.visited_at >= VISIT_SECONDS:
            browser.visited_at = now
            browser.visit.look(browser.outbox)
        if now - browser.told_at >= BEAT_SECONDS and not browser.is_blocked:
            browser.outbox.put(BEAT)
        if now - browser.pinged_at >= self._ping_seconds:
            if browser.heard_at < browser.pinged_at:
                raise GoneError("it gives no sign of life")
            browser.pinged_at = now
            wire.ping()
        self._tell(browser)

    def _let_go(self, browser: Browser) -> None:
        self._selector.unregister(browser.wire.sock)
        browser.wire.sock.close()
        with self._lock:
            self._browsers.discard(browser)
            self._ready.discard(browser)
            browser.is_gone = True
        browser.outbox.close()
        self._follow(browser)

    def _follow(self, browser: Browser) -> None:
        """Have a worker follow a browser's orders, unless one is at it: they are followed one after another."""
        with self._lock:
            is_followed, browser.is_followed = browser.is_followed, True
        if not is_followed:
            self._workers.submit(self._obey, browser).add_done_callback(_report)

    def _obey(self, browser: Browser) -> None:
        """Follow orders until there are none; let go of what a browser that went looked at, after its last one."""
        while True:
            with self._lock:
                is_gone = browser.is_gone
                order = None if is_gone or not browser.orders else browser.orders.popleft()
                browser.is_followed = is_gone or order is not None
            if is_gone:
                browser.leaves.close()
            if order is None:
                return
            with contextlib.ExitStack() as failed:
                failed.callback(self._give_up, browser)
                obey(self._node, self._system, browser.outbox, order)
                failed.pop_all()

    def _give_up(self, browser: Browser) -> None:
        with self._lock:
            browser.is_followed = False
        browser.outbox.close()


def _report(worker: Future[None]) -> None:
    if error := worker.exception():
        log.error("order_failed", exc_info=error)


def obey(node: WebNode, system: System, outbox: Outbox, text: str) -> None:
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


def _farewell(outbox: Outbox) -> tuple[int, str]:
    if outbox.ended:
        return SIGNED_OUT, outbox.ended
    return TOO_SLOW if outbox.overflowed else GOING_AWAY
