"""Time expressions of a range: `now-15m`, `now/d`, `now-1d/d+8h`, milliseconds, ISO 8601 (UTC)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tidegauge.metrics.steps import DAY, HOUR, MINUTE, SECOND

UNITS_MS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}

_RELATIVE = re.compile(r"now((?:[+-][0-9]{1,6}[smhdw]|/[smhdw])*)")
_TERM = re.compile(r"([+-])([0-9]+)([smhdw])|/([smhdw])")
_EPOCH_MONDAY_MS = 4 * DAY


class RangeError(ValueError):
    """A text that is no time; says what would be one."""


def check(text: str) -> str:
    """The text itself if it is a time expression. Raises RangeError."""
    resolve(text, 0)
    return text


def is_relative(text: str) -> bool:
    """Whether a time moves with now."""
    return text.startswith("now")


def resolve(text: str, now_ms: int) -> int:
    """The time in ms since the epoch that an expression means at `now_ms`. Raises RangeError."""
    if relative := _RELATIVE.fullmatch(text):
        return _walk(relative[1], now_ms)
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RangeError(
            f"{text[:40]!r} is no time: write now-15m, now/d, milliseconds, or 2026-01-31T12:00:00"
        ) from None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _walk(terms: str, time_ms: int) -> int:
    for sign, count, unit, floor in _TERM.findall(terms):
        if floor:
            time_ms = _floor(time_ms, floor)
        else:
            time_ms += int(f"{sign}{count}") * UNITS_MS[unit]
    return time_ms


def _floor(time_ms: int, unit: str) -> int:
    origin = _EPOCH_MONDAY_MS if unit == "w" else 0
    return time_ms - (time_ms - origin) % UNITS_MS[unit]
