"""Incarnations: one life of a collector (rule 1). Their text sorts in the order they began."""

from __future__ import annotations

import re
import secrets

_FORM = re.compile(r"([0-9]{13})-[0-9A-Za-z]{1,32}")


def new(now_ms: int, last: str | None = None, suffix: str | None = None) -> str:
    """An incarnation later than `last`: max(now, last + 1) in ms, 13 digits, and a random suffix.

    Raises ValueError where that would be no incarnation.
    """
    stamp = now_ms if last is None else max(now_ms, stamp_ms(last) + 1)
    incarnation = f"{stamp:013d}-{suffix or secrets.token_hex(4)}"
    stamp_ms(incarnation)
    return incarnation


def stamp_ms(incarnation: str) -> int:
    """The stamp an incarnation begins with.

    Raises ValueError for a text that is not an incarnation.
    """
    match = _FORM.fullmatch(incarnation)
    if match is None:
        raise ValueError(f"not an incarnation: {incarnation[:40]!r}")
    return int(match[1])
