"""What indices there are and when each begins and ends, by name. Pure.

tidegauge-raw-YYYY.MM.DD     rows of a UTC day
tidegauge-minute-YYYY.MM     minute rows of a UTC month, by the time of their first raw row
tidegauge-events-YYYY.MM     events of a UTC month
tidegauge-documents          small records
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from tidegauge.metrics.steps import DAY

VERSION = 1
"""Of templates and mappings; stands in their `_meta.tidegauge`."""

Family = Literal["raw", "minute", "events"]
FAMILIES: tuple[Family, ...] = ("raw", "minute", "events")
DOCUMENTS = "tidegauge-documents"
EVERYTHING = "tidegauge-*"

_NAME = re.compile(r"tidegauge-(raw|minute|events)-(\d{4})\.(\d\d)(?:\.(\d\d))?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Index(NamedTuple):
    """An index by name, and the times of its rows: [start_ms, end_ms)."""

    name: str
    start_ms: int
    end_ms: int


def pattern(family: Family) -> str:
    """What names all indices of a family."""
    return f"tidegauge-{family}-*"


def at(family: Family, time_ms: int) -> Index:
    """The index for a row of this time."""
    return _of_day(family, time_ms // DAY)


@lru_cache(1024)
def _of_day(family: Family, day: int) -> Index:
    moment = _EPOCH + timedelta(days=day)
    return _raw(moment) if family == "raw" else _month(family, moment)


def between(family: Family, start_ms: int, end_ms: int) -> Iterator[Index]:
    """Every index that may hold rows of [start_ms, end_ms), there or not, by time."""
    while start_ms < end_ms:
        index = at(family, start_ms)
        yield index
        start_ms = index.end_ms


def named(name: str) -> Index | None:
    """The index of a name; None for a name that is not ours."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        moment = datetime(int(found[2]), int(found[3]), int(found[4] or 1), tzinfo=UTC)
    except ValueError:
        return None
    index = _raw(moment) if found[1] == "raw" else _month(found[1], moment)
    return index if index.name == name else None


def _raw(moment: datetime) -> Index:
    begin = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return Index(f"tidegauge-raw-{begin:%Y.%m.%d}", _ms(begin), _ms(begin + timedelta(days=1)))


def _month(family: str, moment: datetime) -> Index:
    begin = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (begin + timedelta(days=31)).replace(day=1)
    return Index(f"tidegauge-{family}-{begin:%Y.%m}", _ms(begin), _ms(end))


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)
