"""What happens to a simulated container: its lives, their ends, its health, known at any time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from collector.simulation.waves import BEGAN
from tidegauge.metrics.events import CONTAINER_HEALTH, CONTAINER_OOM, CONTAINER_STARTED, CONTAINER_STOPPED

STARTING_SECONDS = 5
UNHEALTHY_SECONDS = 30
ENDS = (("crashed", "1"), ("crashed", "139"), ("oom", "137"), ("killed", "143"), ("exited", "0"))

Moment = tuple[float, str, dict[str, str]]
"""When, kind of event, its attributes."""


class Life(NamedTuple):
    """A life: which, and when it began, in seconds since the epoch."""

    number: int
    began: float


class Lives:
    """Time in rounds of some minutes; with `ends` each round is a life and a few seconds of absence."""

    def __init__(self, random: Random, ends: bool, checked: bool) -> None:
        self._seconds = random.randrange(400, 1200)
        self._offset = BEGAN - random.randrange(self._seconds)
        self._absent = random.randrange(3, 9)
        self._seed = random.randrange(2**32)
        self._ends = ends
        self.checked = checked

    def at(self, now: float) -> Life | None:
        """The life it is in; None while it is down."""
        if not self._ends:
            return Life(0, BEGAN)
        number, passed = divmod(now - self._offset, self._seconds)
        return Life(int(number), now - passed) if passed < self._seconds - self._absent else None

    def health(self, now: float) -> str:
        """How it is, as its last check found it; "" without a check."""
        if not self.checked:
            return ""
        passed = (now - self._offset) % self._seconds
        if self._ends and passed < STARTING_SECONDS:
            return "starting"
        return "unhealthy" if 0 <= passed - self._seconds // 2 < UNHEALTHY_SECONDS else "healthy"

    def between(self, after: float, until: float) -> list[Moment]:
        """What happens after one time until another, in order."""
        rounds = range(int((after - self._offset) // self._seconds), int((until - self._offset) // self._seconds) + 1)
        return [moment for number in rounds for moment in self._moments(number) if after < moment[0] <= until]

    def _moments(self, number: int) -> Iterator[Moment]:
        begun = self._offset + number * self._seconds
        if self._ends:
            yield begun, CONTAINER_STARTED, {}
        if self._ends and self.checked:
            yield begun, CONTAINER_HEALTH, {"status": "starting"}
            yield begun + STARTING_SECONDS, CONTAINER_HEALTH, {"status": "healthy"}
        if self.checked:
            ill = begun + self._seconds // 2
            yield ill, CONTAINER_HEALTH, {"status": "unhealthy"}
            yield ill + UNHEALTHY_SECONDS, CONTAINER_HEALTH, {"status": "healthy"}
        if self._ends:
            yield from self._end(number, begun + self._seconds - self._absent)

    def _end(self, number: int, ended: float) -> Iterator[Moment]:
        reason, code = Random(f"{self._seed}:{number}").choice(ENDS)
        if reason == "oom":
            yield ended, CONTAINER_OOM, {"count": "1"}
        yield ended, CONTAINER_STOPPED, {"exit_code": code, "reason": reason}
