"""Faults at random, by a seed: programs killed, frozen and restarted, ways between them cut, the store among them."""

from __future__ import annotations

import heapq
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count
from random import Random
from typing import NamedTuple

from tests.e2e.clusters import Cluster
from tests.e2e.programs import Program, eventually, pause, signal_process
from tests.elasticsearch.server import Node, ask

PAUSE_SECONDS = (0.3, 2.5)
"""Between two faults; they last longer than that, so that some come together."""
SHORT, LONG = (0.5, 6.0), (6.0, 12.0)


class Fault(NamedTuple):
    """What is done to a target and how it is made good. No target suffers two at once."""

    name: str
    target: str
    begin: Callable[[], object]
    end: Callable[[], object]
    seconds: tuple[float, float]


class Span(NamedTuple):
    """When a target was not well, wall clock in ms."""

    target: str
    from_ms: float
    to_ms: float


def faults(made: Cluster, store: Node) -> Iterator[Fault]:
    """All that may happen."""
    yield Fault("kill -9", "store", store.kill, store.launch, LONG)
    yield _frozen("store", store.signal, LONG)
    for target, node in named(made).items():
        yield Fault("kill -9", target, node.kill_all, node.launch, SHORT)
        yield Fault("kill -9 of its worker", target, partial(_kill_worker, node), bool, (0, 0))
        yield Fault("restart", target, node.stop, node.launch, (0, 0))
        yield _frozen(target, node.signal_all, SHORT)
    for number, way in enumerate(made.ways):
        verbs = {"cut": way.cut, "refused": way.refuse, "stalled": way.stall}
        ones = {"one cut": partial(way.cut, one=True), "one stalled": partial(way.stall, one=True)}
        for name, verb in {**verbs, **ones}.items():
            yield Fault(name, f"way {number}", verb, way.heal, SHORT)


def named(made: Cluster) -> dict[str, Program]:
    """The nodes by the names that faults have for them."""
    kinds = (("ingest", made.ingest), ("web", made.web))
    return {f"{kind} {number}": node for kind, nodes in kinds for number, node in enumerate(nodes)}


def _frozen(target: str, send: Callable[[int], None], seconds: tuple[float, float]) -> Fault:
    return Fault("SIGSTOP", target, partial(send, signal.SIGSTOP), partial(send, signal.SIGCONT), seconds)


def _kill_worker(node: Program) -> None:
    signal_process(node.worker(), signal.SIGKILL)


def _answers(url: str) -> bool:
    with suppress(OSError):
        return bool(ask(url, "GET", "/healthz", timeout=0.5) == {"status": "alive"})
    return False


def _always() -> bool:
    return True


class Chaos:
    """Makes faults for a while. spans: when which target was not well; it is again when it answers."""

    def __init__(self, made: Cluster, store: Node, seed: int, store_faults: int) -> None:
        self.spans: list[Span] = []
        self.log: list[str] = []
        self._chance = Random(seed)
        self._faults = list(faults(made, store))
        self._is_well = {name: partial(_answers, node.url) for name, node in named(made).items()}
        self._is_well["store"] = store.is_ready
        self._store_faults = store_faults
        self._hurt: dict[str, float] = {}
        self._recovering: dict[str, float] = {}
        self._ends: list[tuple[float, int, Fault]] = []
        self._number = count()

    def run(self, seconds: float, over: Callable[[], None]) -> None:
        """Make faults for so long, then make all good. over: called when all nodes are well; the store may come
        later.
        """
        until = time.monotonic() + seconds
        while (now := time.monotonic()) < until:
            self._begin()
            rest = now + self._chance.uniform(*PAUSE_SECONDS)
            while time.monotonic() < min(rest, until):
                self._make_good(time.monotonic())
                pause(0.02)
        self._make_good(float("inf"))
        eventually(lambda: self._look() or not set(self._recovering) - {"store"}, 60, "all nodes")
        over()
        eventually(lambda: self._look() or not self._recovering, 300, "the store")

    def _begin(self) -> None:
        """One more fault, of all kinds and targets that are well."""
        well = [f for f in self._faults if f.target not in self._hurt and f.target not in self._recovering]
        if not self._store_faults:
            well = [fault for fault in well if fault.target != "store"]
        if not well:
            return
        kind = self._chance.choice(sorted({fault.target.split()[0] for fault in well}))
        fault = self._chance.choice([fault for fault in well if fault.target.startswith(kind)])
        lasts = self._chance.uniform(*fault.seconds)
        self._store_faults -= fault.target == "store"
        self._say(f"{fault.target}: {fault.name} for {lasts:.1f} s")
        self._hurt[fault.target] = time.time() * 1000
        fault.begin()
        heapq.heappush(self._ends, (time.monotonic() + lasts, next(self._number), fault))

    def _make_good(self, now: float) -> None:
        """End what has lasted long enough."""
        while self._ends and self._ends[0][0] <= now:
            _, _, fault = heapq.heappop(self._ends)
            fault.end()
            self._recovering[fault.target] = self._hurt.pop(fault.target)
        self._look()

    def _look(self) -> None:
        """Note which targets are well again."""
        for target, began in list(self._recovering.items()):
            if self._is_well.get(target, _always)():
                self.spans.append(Span(target, began, time.time() * 1000))
                del self._recovering[target]
                self._say(f"{target}: well")

    def _say(self, line: str) -> None:
        self.log.append(f"{time.time() % 1000:7.2f} {line}")
