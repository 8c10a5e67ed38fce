"""The token that a collector shows. It is read again, so that a new one needs no restart."""

from __future__ import annotations

import logging
from collections.abc import Callable

from collector import checks
from tidegauge.clock import Clock
from tidegauge.settings import SettingsError

log = logging.getLogger(__name__)

REREAD_MS = 30_000


class Token:
    """Calling it gives the token as `read` gave it last: asked every half minute, and at once after `expire`.

    Any thread may call. What cannot be read, is empty or cannot be sent is no token: the last one stays.
    """

    def __init__(self, token: str, read: Callable[[], str], clock: Clock) -> None:
        self._token = token
        self._read = read
        self._clock = clock
        self._due_ms = clock.monotonic_ms() + REREAD_MS
        self._failure = ""

    def __call__(self) -> str:
        now_ms = self._clock.monotonic_ms()
        if now_ms >= self._due_ms:
            self._due_ms = now_ms + REREAD_MS
            self._reread()
        return self._token

    def expire(self) -> None:
        """Have the next call read it again. A signal handler may call this."""
        self._due_ms = 0.0

    def _reread(self) -> None:
        try:
            token = self._read()
        except SettingsError as error:
            self._fail(str(error))
            return
        if token == self._token:
            self._failure = ""
        elif not (token and checks.is_token(token)):
            self._fail("it is empty, or has characters that cannot be sent")
        else:
            log.info("token_changed")
            self._token, self._failure = token, ""

    def _fail(self, failure: str) -> None:
        if failure != self._failure:
            log.warning("token_kept reason=%r", failure)
        self._failure = failure
