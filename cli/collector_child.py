"""The collector beside the server of `up`: a process of its own that never outlives the server's master."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from tidegauge import settings
from tidegauge.clock import Clock
from tidegauge.settings import Settings

log = logging.getLogger(__name__)

STOP_SECONDS = 3
PAUSE_MS, MAX_PAUSE_MS = 2_000, 60_000


class CollectorChild:
    """One collector, started again if it was killed or failed. One thread calls it.

    A collector that ended as somebody told it stays ended. It has a session of its own, so that
    Ctrl-C reaches the master alone, which stops it while the server still takes its last word.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], clock: Clock) -> None:
        self._command = command
        self._environment = environment
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._began_ms = 0.0
        self._pause_ms = PAUSE_MS

    def start(self) -> None:
        """Start it."""
        self._began_ms = self._clock.monotonic_ms()
        self._process = subprocess.Popen(self._command, env=self._environment, start_new_session=True)

    @property
    def pid(self) -> int | None:
        """The process, once there was one."""
        return self._process.pid if self._process else None

    def ended(self) -> int | None:
        """The exit code if it ended, negative for a signal. Asks the system, so that nobody else need to."""
        return self._process.poll() if self._process else None

    def keep(self) -> None:
        """Start it again if it did not end as told, ever less often if it does not last."""
        lived_ms = self._clock.monotonic_ms() - self._began_ms
        if not self.ended() or lived_ms < self._pause_ms:
            return
        self._pause_ms = PAUSE_MS if lived_ms > MAX_PAUSE_MS else min(2 * self._pause_ms, MAX_PAUSE_MS)
        log.warning("collector_restarted exit_code=%s", self.ended())
        self.start()

    def stop(self) -> None:
        """Let it say that it stops; end it if that takes too long."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def command(told: Settings) -> list[str]:
    """The collector's command line; it ends with this process and sends to this node."""
    return [sys.executable, "-m", "collector", "run", "--with-parent", "--ingest", f"http://{told.bind}"]


def environment(told: Settings) -> dict[str, str]:
    """What the collector is told, whether it came by flag, environment or file; a file of its own is not looked at."""
    texts = settings.texts(told, "collector")
    return settings.for_child({**texts, settings.CONFIG.name: told.config or os.devnull})
