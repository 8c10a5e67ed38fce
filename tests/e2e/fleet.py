"""Simulated hosts within the test's process, through the collector's real queue and sender: each row that
an answer settled is remembered."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from collector import loop
from collector.agent import Agent
from collector.memory_queue import MemoryQueue
from collector.sending.sender import LIVE_REQUESTS, Sender, Who
from collector.sending.workers import Lanes, Workers
from collector.simulation.simulated import SimulatedHost, simulated_host
from collector.spool import Item, Key
from tests.e2e.programs import eventually
from tidegauge.clock import SystemClock
from tidegauge.metrics import wire
from tidegauge.metrics.records import rows

Row = tuple[str, str, int]
"""Entity, incarnation, time in ms: the key of a row."""

TokenOf = Callable[[str], str]

SEED = 4
STOP_SECONDS = 20.0


def no_token(_host: str) -> str:
    """What collectors on a node's own machine show."""
    return ""


class Witness(MemoryQueue):
    """The collector's queue, which remembers what was put in and what an answer settled."""

    def __init__(self) -> None:
        super().__init__()
        self.settled: set[Key] = set()
        self.bodies: dict[Key, bytes] = {}
        self.given_up: list[Item] = []

    def append(self, item: Item) -> list[Item]:
        self.bodies[item.key] = item.body
        given_up = super().append(item)
        self.given_up += given_up
        return given_up

    def settle(self, keys: Iterable[Key]) -> None:
        keys = list(keys)
        super().settle(keys)
        self.settled.update(keys)

    def acknowledged(self) -> Iterator[Row]:
        """Each row of the records that were settled."""
        for key in self.settled:
            for line in wire.members(self.bodies[key], 1 << 26):
                record = wire.decode(line)
                yield from ((row.entity.id, row.incarnation, row.time_ms) for row in rows(record))


class Fleet:
    """So many simulated hosts. They send to the URLs in turn, each beginning with another; each has as many
    threads as a collector of its own would: a store that is slow holds them for seconds.
    """

    def __init__(self, hosts: int, containers: int, urls: Sequence[str], token_of: TokenOf = no_token) -> None:
        self._clock = SystemClock()
        self._token_of = token_of
        self._lanes = Lanes(Workers(LIVE_REQUESTS * hosts, "live"), Workers(hosts, "resend"))
        self.queues = [Witness() for _ in range(hosts)]
        self.agents = [self._agent(n, containers, urls, queue) for n, queue in enumerate(self.queues, 1)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=loop.run, args=(self.agents, self._clock, self._stop.wait))

    def _agent(self, number: int, containers: int, urls: Sequence[str], queue: Witness) -> Agent:
        host = simulated_host(number, SEED)
        turned = [*urls[number % len(urls) :], *urls[: number % len(urls)]]
        token = self._token_of(host.id)
        sender = Sender(Who(host.id, host.name, 1000, lambda: token), turned, queue, self._lanes, self._clock)
        return Agent(host, SimulatedHost(host.name, containers, SEED), sender, self._clock, 1000)

    def start(self) -> None:
        """Begin to sample and to send."""
        self._thread.start()

    def outcomes(self) -> Counter[str]:
        """How many records were answered how."""
        return sum((agent.sender.letters.counts for agent in self.agents), Counter())

    def waiting(self) -> int:
        """How many records are not settled yet."""
        return sum(queue.held().count for queue in self.queues)

    def end(self) -> None:
        """Sample no more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def drain(self, seconds: float) -> None:
        """Wait until every record is settled."""
        eventually(self._is_drained, seconds, "the end of all queues")

    def _is_drained(self) -> bool:
        for agent in self.agents:
            agent.sender.tick()
        return self.waiting() == 0

    def close(self) -> None:
        """End it all."""
        self.end()
        self._lanes.close(1)


@contextmanager
def fleet(hosts: int, containers: int, urls: Sequence[str], token_of: TokenOf = no_token) -> Iterator[Fleet]:
    """A fleet that runs, ended in the end. token_of: gives each host the token that its collector shows."""
    made = Fleet(hosts, containers, urls, token_of)
    try:
        made.start()
        yield made
    finally:
        made.close()
