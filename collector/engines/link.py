"""The link to one engine: asked who it is, then heard, until it goes; then tried again, ever more seldom."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

from collector.engines.client import Client, Version
from collector.engines.lines import Lines
from collector.engines.told import EngineError, Told, read_line

log = logging.getLogger(__name__)

SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 30.0
FIRST_SINCE_SECONDS = 60
"""So far back it is asked at first: what happened while the collector was started anew. Events are told once."""
SETTLING_SECONDS = 3
REMEMBERED = 1000
SECOND = 1_000_000_000


class Link:
    """One engine. The thread of `watch` alone uses it, but for `note`. All times are ns of the wall clock."""

    def __init__(self, url: str, now_ns: int, clock_ns: Callable[[], int]) -> None:
        self.url = url
        self.client = Client(url)
        self.engine: Version | None = None
        self.sock: socket.socket | None = None
        self.failure = ""
        self.denied = False
        self._silent = True
        self.due_ns = now_ns
        self._clock_ns = clock_ns
        self._opened_ns = 0
        self._pause = SHORTEST_SECONDS
        self._since_ns = now_ns - FIRST_SINCE_SECONDS * SECOND
        self._lines = Lines()
        self._seen: dict[Told, None] = {}

    @property
    def away(self) -> bool:
        """Whether it was heard once and is not heard now, or only just again: it has things to tell."""
        settling = self.sock is None or self._clock_ns() - self._opened_ns < SETTLING_SECONDS * SECOND
        return settling and self.engine is not None and not self.denied

    def open(self) -> bool:
        """Try to hear it; whether that succeeded."""
        try:
            self.engine = self.client.version()
            self.sock = self.client.events(self._since_ns)
        except EngineError as error:
            self.fail(error)
            return False
        self._lines = Lines()
        self._opened_ns = self._clock_ns()
        return True

    def receive(self) -> list[Told]:
        """What it tells now; what it told before is left out."""
        if self.sock is None or self.engine is None:
            return []
        try:
            data = self.sock.recv(1 << 16)
            if not data:
                raise EngineError("the stream of events ended")
            lines = self._lines.feed(data)
        except BlockingIOError:
            return []
        except (OSError, EngineError) as error:
            self.fail(error if isinstance(error, EngineError) else EngineError(str(error)))
            return []
        if self._lines.begun:
            self._heard(self.engine)
        return [told for line in lines if (told := self._read(line))]

    def fail(self, error: EngineError) -> None:
        """It cannot be heard: try again after a pause that grows."""
        self.close()
        self._silent = True
        if str(error) != self.failure:
            log.warning("engine_lost url=%s denied=%s error=%r", self.url, error.denied, str(error))
        self.failure, self.denied = str(error), error.denied
        self.due_ns = self._clock_ns() + round(self._pause * SECOND)
        self._pause = min(2 * self._pause, LONGEST_SECONDS)

    def close(self) -> None:
        """Hear it no longer."""
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def _heard(self, engine: Version) -> None:
        self._pause = SHORTEST_SECONDS
        if self._silent:
            log.info("engine_heard url=%s engine=%s version=%s", self.url, engine.row.runtime, engine.version)
        self.failure, self.denied, self._silent = "", False, False

    def _read(self, line: bytes) -> Told | None:
        if self.engine is None:
            return None
        try:
            told = read_line(line, self.engine.row)
        except EngineError as error:
            log.warning("engine_event_skipped url=%s error=%r", self.url, str(error))
            return None
        if told is None or told in self._seen:
            return None
        # asked again, it tells again what it told in the second before
        self._seen[told] = None
        if len(self._seen) > REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._since_ns = max(self._since_ns, min(told.time_ns, self._clock_ns()) - SECOND)
        return told
