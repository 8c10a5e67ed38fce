"""Incarnations: one life of a collector (rule 1). Their text sorts in the order they began."""

from __future__ import annotations

import secrets


def new(now_ms: int, last: str | None = None, suffix: str | None = None) -> str:
    """An incarnation later than `last`: max(now, last + 1) in ms, 13 digits, and a random suffix."""
    stamp = now_ms if last is None else max(now_ms, stamp_ms(last) + 1)
    return f"{stamp:013d}-{suffix or secrets.token_hex(4)}"


def stamp_ms(incarnation: str) -> int:
    """The stamp an incarnation begins with.

    Raises ValueError for a text that is not an incarnation.
    """
    stamp, dash, suffix = incarnation.partition("-")
    if not (dash and suffix and len(stamp) == 13 and stamp.isascii() and stamp.isdigit()):
        raise ValueError(f"not an incarnation: {incarnation[:40]!r}")
    return int(stamp)
