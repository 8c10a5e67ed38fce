"""How the way to the server is: which URL is used, since when it fails, and why."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

log = logging.getLogger(__name__)

UNAUTHORISED = (401, 403)


class LinkState(msgspec.Struct, frozen=True):
    """What `status` shows; times are wall-clock milliseconds."""

    url: str
    answered_ms: int | None
    failing_since_ms: int | None
    failure: str
    auth_failed_since_ms: int | None


class Link:
    """The URLs of one sender, taken in turn after each failure. The sender's lock guards it."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._turn = 0
        self._answered_ms: int | None = None
        self._failing_since_ms: int | None = None
        self._auth_failed_since_ms: int | None = None
        self._failure = ""

    @property
    def url(self) -> str:
        """Where the next POST goes."""
        return self._urls[self._turn % len(self._urls)]

    def answered(self, now_ms: int, failure: str) -> None:
        """An answer of ours came; `failure` says what it did not settle."""
        self._answered_ms, self._auth_failed_since_ms = now_ms, None
        self._tell(now_ms, failure)

    def failed(self, url: str, now_ms: int, failure: str, status: int | None) -> None:
        """Something else came from `url`, or nothing: the next POST goes to another."""
        if status in UNAUTHORISED and self._auth_failed_since_ms is None:
            self._auth_failed_since_ms = now_ms
        if url == self.url:
            self._turn += 1
        self._tell(now_ms, failure)

    def state(self) -> LinkState:
        """The link as it is."""
        return LinkState(self.url, self._answered_ms, self._failing_since_ms, self._failure, self._auth_failed_since_ms)

    def _tell(self, now_ms: int, failure: str) -> None:
        if failure and failure != self._failure:
            log.warning("send_failed url=%s reason=%r", self.url, failure)
        if failure and self._failing_since_ms is None:
            self._failing_since_ms = now_ms
        if not failure and self._failing_since_ms is not None:
            log.info("send_recovered url=%s after_ms=%d", self.url, now_ms - self._failing_since_ms)
            self._failing_since_ms = None
        self._failure = failure
