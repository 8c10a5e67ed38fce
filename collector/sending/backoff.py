"""When the next resend may go: exponential with full jitter, and Retry-After (RFC 9110 §10.2.3). Pure.

Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime

FIRST_SECONDS = 1
LONGEST_SECONDS = 60
LONGEST_BUSY_SECONDS = 8
"""After "not now": a server that is there says so without reading, and the end of a drain is hosts that wait."""
LONGEST_RETRY_AFTER_SECONDS = 300


class Backoff:
    """Failures in a row, and until when to wait by the monotonic clock: because of them, or as a server asked."""

    def __init__(self) -> None:
        self.failures = 0
        self.until_ms = 0.0
        self.held_until_ms = 0.0

    def fail(self, now_ms: float, chance: float, is_busy: bool = False) -> None:
        """A resend failed; is_busy: by "not now". `chance`, in [0, 1), picks the wait within its bound."""
        most = LONGEST_BUSY_SECONDS if is_busy else LONGEST_SECONDS
        longest = min(most, FIRST_SECONDS * 2 ** min(self.failures, 10))
        self.failures += 1
        self.until_ms = now_ms + 1000 * longest * chance

    def hold(self, now_ms: float, seconds: float) -> None:
        """A server asked for so many seconds of peace."""
        self.held_until_ms = max(self.held_until_ms, now_ms + 1000 * seconds)

    def reset(self) -> None:
        """A server took a record: resends need not wait, but for what a server asked for."""
        self.failures = 0
        self.until_ms = 0.0

    def waits(self, now_ms: float) -> bool:
        """Whether a resend has to wait."""
        return now_ms < max(self.until_ms, self.held_until_ms)


def retry_after_seconds(value: str | None, now_ms: int) -> float:
    """A Retry-After header as seconds, at most 5 minutes; 0 for none and for what cannot be read."""
    if not value:
        return 0
    try:
        seconds = float(value) if value.strip().isdecimal() else _until(value, now_ms)
    except (ValueError, OverflowError):
        return 0
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)


def _until(date: str, now_ms: int) -> float:
    return parsedate_to_datetime(date).timestamp() - now_ms / 1000
