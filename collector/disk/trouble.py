"""Whether something fails now: since when, and why; and how a spool does in all."""

from __future__ import annotations

import logging
from typing import NamedTuple

from tidegauge.clock import Clock

log = logging.getLogger(__name__)


class Health(NamedTuple):
    """How the spool does.

    in_memory: records that no disk has taken. since_ms, error: since when the disk refuses records or settles,
    and why; None and "" where it does not. Counts are of this life.
    """

    disk_bytes: int
    segments: int
    in_memory: int = 0
    since_ms: int | None = None
    error: str = ""
    write_errors: int = 0
    sync_errors: int = 0
    damaged: int = 0
    given_up: int = 0


class Trouble:
    """Logged when it begins and when it ends."""

    def __init__(self, what: str, clock: Clock) -> None:
        self.since_ms: int | None = None
        self.error = ""
        self._what = what
        self._clock = clock

    def begin(self, error: OSError) -> None:
        """It fails."""
        if self.since_ms is None:
            self.since_ms = self._clock.wall_ms()
            log.warning("spool_fails what=%s error=%r", self._what, error.strerror)
        self.error = error.strerror or str(error)

    def end(self) -> None:
        """It works."""
        if self.since_ms is not None:
            log.info("spool_works_again what=%s", self._what)
        self.since_ms, self.error = None, ""
