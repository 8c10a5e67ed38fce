"""One thread for any number of agents."""

from __future__ import annotations

from collector import loop
from tests.clocks import HandClock

PERIOD = 1000


class Counter:
    """Something that is due once a period."""

    def __init__(self, clock: HandClock, offset_ms: float, costs_ms: float = 0) -> None:
        self.due_ms = clock.monotonic_ms() + offset_ms
        self.turns: list[tuple[float, float]] = []
        self._clock = clock
        self._costs_ms = costs_ms

    def turn(self, overslept_ms: float = 0) -> None:
        self.turns.append((self._clock.monotonic_ms() - self.due_ms, overslept_ms))
        self._clock.advance(self._costs_ms)
        self.due_ms += PERIOD


class Waiter:
    """Waits on a hand-turned clock, so many times; `late_ms` too long at the `late`th."""

    def __init__(self, clock: HandClock, times: int, late: int = -1, late_ms: float = 0) -> None:
        self.asked: list[float] = []
        self._clock, self._times, self._late, self._late_ms = clock, times, late, late_ms

    def __call__(self, seconds: float) -> bool:
        self.asked.append(seconds)
        if len(self.asked) > self._times:
            return True
        self._clock.advance(1000 * seconds + (self._late_ms if len(self.asked) == self._late else 0))
        return False


def test_each_when_it_is_due() -> None:
    """Three agents at their own phases have the same number of turns, none late."""
    clock = HandClock()
    turns = [Counter(clock, offset) for offset in (700, 100, 400)]
    loop.run(turns, clock, Waiter(clock, 30))
    assert [turn.turns for turn in turns] == [[(0.0, 0.0)] * 10] * 3


def test_all_are_told_of_a_late_waking() -> None:
    """Who was late because the program slept is told so, in the first turn after it only."""
    clock = HandClock()
    turns = [Counter(clock, offset) for offset in (100, 400)]
    loop.run(turns, clock, Waiter(clock, 6, late=3, late_ms=600))
    assert [overslept for _, overslept in turns[0].turns] == [0, 600, 0]
    assert [overslept for _, overslept in turns[1].turns] == [0, 600, 0]


def test_a_busy_loop_can_be_stopped() -> None:
    """It asks whether to stop even when it is always late."""
    clock = HandClock()
    turn = Counter(clock, 0, costs_ms=3 * PERIOD)
    waiter = Waiter(clock, 5)
    loop.run([turn], clock, waiter)
    assert (len(turn.turns), waiter.asked) == (5, [0.0] * 6)


def test_stop_shares_the_time() -> None:
    """Each agent is stopped with what time is left."""
    clock = HandClock()
    given: list[float] = []

    class Stopping:
        def stop(self, seconds: float) -> None:
            given.append(seconds)
            clock.advance(800)

    loop.stop([Stopping() for _ in range(4)], clock, 2)  # type: ignore[misc]
    assert given == [2.0, 1.2, 0.4, 0.0]
