"""One thread for any number of agents: each has its turn when it is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heapify, heapreplace
from typing import Protocol

from collector.agent import Agent
from tidegauge.clock import Clock


class Turn(Protocol):
    """Something that is due again and again."""

    @property
    def due_ms(self) -> float:
        """When, by the monotonic clock; later after each turn."""
        ...

    def turn(self, overslept_ms: float = 0) -> None:
        """Do what is due. overslept_ms: how much too late the thread woke."""
        ...


def run(turns: Sequence[Turn], clock: Clock, wait: Callable[[float], bool]) -> None:
    """Give all their turns until `wait(seconds)`, which waits at most so long, says to stop.

    Agents whose turn comes after a late waking were late because of it: they are told so too.
    """
    heap = [(turn.due_ms, place) for place, turn in enumerate(turns)]
    heapify(heap)
    overslept_ms = 0.0
    while True:
        due_ms, place = heap[0]
        ahead_ms = due_ms - clock.monotonic_ms()
        if wait(max(0.0, ahead_ms / 1000)):
            return
        if ahead_ms > 0:
            overslept_ms = max(0.0, clock.monotonic_ms() - due_ms)
        turns[place].turn(overslept_ms)
        heapreplace(heap, (turns[place].due_ms, place))


def stop(agents: Sequence[Agent], clock: Clock, seconds: float) -> None:
    """Stop all, one after the other, within `seconds`."""
    until_ms = clock.monotonic_ms() + 1000 * seconds
    for agent in agents:
        agent.stop(max(0.0, (until_ms - clock.monotonic_ms()) / 1000))
