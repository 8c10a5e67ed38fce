"""A sender for tests, with its spool, its threads and a clock turned by hand."""

from __future__ import annotations

from collections.abc import Sequence

from collector.letters.dead_letters import DeadLetters
from collector.letters.letter_folder import LetterFolder
from collector.memory_queue import MemoryQueue
from collector.sending.pace import Pace
from collector.sending.sender import Sender, Who
from collector.sending.workers import Lanes
from collector.spool import Item
from tests.clocks import HandClock
from tests.collector.scripted_server import PATIENCE_SECONDS
from tests.rows import INCARNATION, NOW, record
from tidegauge.metrics import wire

WHO = Who("h1", "web", 1000, lambda: "secret")
AN_HOUR_MS = 3_600_000


class Bench:
    """A sender with its spool, threads and hand-turned clock."""

    def __init__(
        self, urls: Sequence[str], threads: Lanes, a_second: int = 0, folder: LetterFolder | None = None
    ) -> None:
        self.clock = HandClock(NOW)
        self.spool = MemoryQueue()
        letters = DeadLetters(folder)
        self.sender = Sender(WHO, urls, self.spool, threads, self.clock, lambda: 0.5, Pace(a_second), letters)

    def send(self, *seqs: int) -> None:
        """New records, one a second."""
        for seq in seqs:
            self.sender.submit([item(seq)])

    def hold_back(self, *seqs: int) -> None:
        """Records that a former post did not settle."""
        for seq in seqs:
            self.spool.append(item(seq))

    def settled(self) -> bool:
        """Wait until nothing is held and nothing is on its way."""
        return self.landed() and self.spool.held().count == 0

    def landed(self) -> bool:
        """Wait until nothing is on its way."""
        return self.sender.wait(PATIENCE_SECONDS)

    def later(self, ms: float = AN_HOUR_MS) -> None:
        """Let time pass, and the agent have its next turn."""
        self.clock.advance(ms)
        self.sender.tick()
        self.landed()


def item(seq: int) -> Item:
    """A record of one row."""
    stamp = NOW + 1000 * seq
    return Item(INCARNATION, seq, stamp, stamp, wire.encode(record([stamp], {"gauge": [seq]}, seq)))
