"""The one Query value (rule 15): tile key, page state, link, notebook cell and `tail`'s filter.

Lossless both ways: `to_url`/`from_url` and msgspec's JSON of the same frozen struct.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

import msgspec

from tidegauge.metrics import filters, ranges, steps
from tidegauge.metrics.filters import Filter

AGGREGATES = ("avg", "min", "max", "sum", "last")
RATES = ("auto", "rate", "increase", "none")
MAX_METRICS = 64
MAX_POINTS = 20_000
MAX_TIME_MS = 253_402_300_800_000
"""The end of the year 9999."""

_NAME = re.compile(r"[A-Za-z0-9_./:-]{1,200}")


class QueryError(ValueError):
    """A query that cannot be; says which part and what would do."""


class Query(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to show: metrics of the entities that a filter matches, over a range.

    start, end: time expressions (`tidegauge.metrics.ranges`). step_ms: one of `steps.STEPS_MS`, or
    None: the smallest that gives at most `points`. aggregate: how the rows of a bucket become one
    value, and how series that `by` puts together become one. rate: what is shown of a counter;
    auto is rate; none is its plain value. by: attributes, one series for each of their values.
    top: only so many series, those with the greatest mean.
    """

    metrics: tuple[str, ...]
    filter: Filter = ()
    start: str = "now-5m"
    end: str = "now"
    step_ms: int | None = None
    points: int = 600
    aggregate: str = "avg"
    rate: str = "auto"
    by: tuple[str, ...] = ()
    top: int | None = None

    def __post_init__(self) -> None:
        if not 0 < len(self.metrics) <= MAX_METRICS:
            raise QueryError(f"metrics: name 1 to {MAX_METRICS}")
        for name in (*self.metrics, *self.by):
            if not _NAME.fullmatch(name):
                raise QueryError(f"not a name: {name[:40]!r}")
        if self.step_ms is not None and self.step_ms not in steps.STEPS_MS:
            raise QueryError(f"step: one of {', '.join(f'{s // 1000}s' for s in steps.STEPS_MS)}")
        if not 1 <= self.points <= MAX_POINTS:
            raise QueryError(f"points: 1 to {MAX_POINTS}")
        if self.aggregate not in AGGREGATES:
            raise QueryError(f"aggregate: one of {', '.join(AGGREGATES)}")
        if self.rate not in RATES:
            raise QueryError(f"rate: one of {', '.join(RATES)}")
        if self.top is not None and not 1 <= self.top <= 1000:
            raise QueryError("top: 1 to 1000")
        _check_filter(self.filter)
        _check_times(self.start, self.end)

    def span(self, now_ms: int) -> tuple[int, int]:
        """The range in ms at `now_ms`: start inclusive, end exclusive, both between the years 1970
        and 9999, where every store has its days. Raises QueryError if empty."""
        start = max(ranges.resolve(self.start, now_ms), 0)
        end = min(ranges.resolve(self.end, now_ms), MAX_TIME_MS)
        if start >= end:
            raise QueryError(f"range: {self.start} is not before {self.end}")
        return start, end

    def step(self, now_ms: int) -> int:
        """The step in ms at `now_ms`."""
        if self.step_ms is not None:
            return self.step_ms
        start, end = self.span(now_ms)
        return steps.fitting(end - start, self.points)


def _check_filter(terms: Filter) -> None:
    try:
        sound = filters.parse(filters.format_filter(terms)) == terms
    except ValueError as error:
        raise QueryError(f"filter: {error}") from error
    if not sound:
        raise QueryError("filter: each term needs an attribute's name and at least one pattern")


def _check_times(start: str, end: str) -> None:
    try:
        ranges.check(start)
        ranges.check(end)
    except ValueError as error:
        raise QueryError(f"range: {error}") from error


def to_url(query: Query) -> str:
    """The query as a URL's query string; what is at its default is left out."""
    pairs: list[tuple[str, str]] = [("metrics", ",".join(query.metrics))]
    if query.filter:
        pairs.append(("filter", filters.format_filter(query.filter)))
    default = Query(metrics=("x",))
    for key, field in _SCALARS.items():
        value = getattr(query, field)
        if value != getattr(default, field):
            pairs.append((key, str(value)))
    if query.by:
        pairs.append(("by", ",".join(query.by)))
    return urlencode(pairs)


_SCALARS = {
    "from": "start",
    "to": "end",
    "step_ms": "step_ms",
    "points": "points",
    "aggregate": "aggregate",
    "rate": "rate",
    "top": "top",
}
_NUMBERS = ("step_ms", "points", "top")


def from_url(text: str) -> Query:
    """The query of a URL's query string. Raises QueryError."""
    pairs = parse_qsl(text, keep_blank_values=True)
    values = dict(pairs)
    if len(values) < len(pairs):
        raise QueryError("a key may stand once; lists have commas between")
    return from_pairs(values)


def from_pairs(pairs: Mapping[str, str]) -> Query:
    """The query of a URL's decoded pairs. Raises QueryError, also for a key that is not known."""
    unknown = set(pairs) - {"metrics", "filter", "by", *_SCALARS}
    if unknown:
        raise QueryError(f"unknown key {sorted(unknown)[0][:40]!r}")
    fields: dict[str, object] = {
        field: _number(key, pairs[key]) if field in _NUMBERS else pairs[key]
        for key, field in _SCALARS.items()
        if key in pairs
    }
    try:
        return Query(
            metrics=_names(pairs.get("metrics", "")),
            filter=filters.parse(pairs.get("filter", "")),
            by=_names(pairs.get("by", "")),
            **fields,  # type: ignore[arg-type]  # msgspec does not check at construction; __post_init__ does
        )
    except filters.FilterError as error:
        raise QueryError(f"filter: {error}") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",")) if text else ()


def _number(key: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise QueryError(f"{key}: a whole number, not {text[:20]!r}")
    return int(text)


_decoder = msgspec.json.Decoder(Query)


def to_json(query: Query) -> bytes:
    """The query as JSON."""
    return msgspec.json.encode(query)


def from_json(data: bytes | str) -> Query:
    """The query of its JSON. Raises QueryError."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise QueryError(str(error)[:300]) from error
