"""From the arguments of a notebook's call to a Query (rule 15). Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tidegauge.client.errors import TidegaugeError
from tidegauge.metrics import filters, ranges, steps
from tidegauge.metrics.catalogue import catalogue
from tidegauge.metrics.filters import Filter, FilterError, Term
from tidegauge.metrics.ranges import RangeError

Names = str | Sequence[str] | None
Time = str | int | datetime
Step = str | timedelta | None

_STEP = re.compile(r"([0-9]{1,5}) ?(s|m|min|h|d)")
_UNITS_MS = {"s": steps.SECOND, "m": steps.MINUTE, "min": steps.MINUTE, "h": steps.HOUR, "d": steps.DAY}
_SHORT_ID = re.compile(r"[0-9a-f]{6,64}")


def names(given: Names) -> tuple[str, ...]:
    """One name or several as several; none for None."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)


def time(given: Time) -> str:
    """A time as a Query has it: an expression as it is, a datetime (UTC, if it names no zone) or ms as ms.

    Raises TidegaugeError.
    """
    if isinstance(given, datetime):
        moment = given if given.tzinfo else given.replace(tzinfo=UTC)
        return str(round(moment.timestamp() * 1000))
    try:
        return ranges.check(str(given))
    except RangeError as error:
        raise TidegaugeError(str(error)) from error


def shifted(given: str, ms: int) -> str:
    """A time expression moved by so many ms, which are whole seconds."""
    if ranges.is_relative(given):
        return f"{given}{ms // 1000:+d}s"
    return str(ranges.resolve(given, 0) + ms)


def step_ms(given: Step) -> int | None:
    """A step in ms; None for "auto". Raises TidegaugeError."""
    if given is None or given == "auto":
        return None
    if isinstance(given, timedelta):
        return round(given.total_seconds() * 1000)
    if match := _STEP.fullmatch(given):
        return int(match[1]) * _UNITS_MS[match[2]]
    raise TidegaugeError(f"{given!r} is no step", 'write "auto", "10s", "5m", "1h" or "1d"')


def step_text(ms: int) -> str:
    """A step as `step_ms` takes it; "rows" for 0: rows at their own times."""
    for unit in ("d", "h", "m"):
        if ms and ms % _UNITS_MS[unit] == 0:
            return f"{ms // _UNITS_MS[unit]}{unit}"
    return f"{ms / 1000:g}s" if ms else "rows"


def terms(given: str | Filter | None) -> Filter:
    """A filter's text, or terms, as terms. Raises TidegaugeError."""
    try:
        return filters.parse(given) if isinstance(given, str) else tuple(given or ())
    except FilterError as error:
        raise TidegaugeError(str(error), "write attribute=pattern, as in fleet=default kind!=disk") from error


def of_kind(metrics: Sequence[str]) -> Filter:
    """The kinds of entities that have some metrics, as a term, if the catalogue knows all of them."""
    known = catalogue()
    if not all(name in known for name in metrics):
        return ()
    kinds = tuple(dict.fromkeys(known[name].entity for name in metrics))
    return (Term("kind", "=", kinds),)


def choices(host: tuple[str, ...], container: tuple[str, ...]) -> list[Filter]:
    """What names of hosts and containers may mean, the likeliest first: names, then ids.

    A container's id may be cut, as `docker ps` does.
    """
    short = tuple(f"{name}*" if _SHORT_ID.fullmatch(name) else name for name in container)
    by_name = (Term("container.name", "=", container),) if container else ()
    by_id = (Term("container.id", "=", short),) if container else ()
    hosts = [(Term("host.name", "=", host),), (Term("host", "=", host),)] if host else [()]
    containers = [by_name, by_id] if container else [()]
    return [(*one, *other) for one in hosts for other in containers]
