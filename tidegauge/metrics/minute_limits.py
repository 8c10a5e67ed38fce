"""What minute rows must keep beside what all rows must (rule 13): a store takes them for parts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tidegauge.metrics.minutes import STATS, minute_of
from tidegauge.metrics.records import Column, Kind, MinuteBlock


def problems(block: MinuteBlock) -> Iterator[str]:
    """Each thing that is wrong with a block whose entities, times and columns are sound, and its numbers finite."""
    if not len(block.ends) == len(block.rows) == len(block.times):
        yield f"minutes of {block.kind}: times, ends and rows differ in length"
        return
    for time_ms, end_ms, rows in zip(block.times, block.ends, block.rows, strict=True):
        if not 1 <= rows <= end_ms - time_ms + 1 or (rows == 1) != (time_ms == end_ms):
            yield f"minutes of {block.kind}: from {time_ms} to {str(end_ms)[:20]} there are no {str(rows)[:20]} rows"
        if minute_of(time_ms) != minute_of(end_ms):
            yield f"minutes of {block.kind}: {time_ms} and {end_ms} lie in two minutes"
    for column, values in zip(block.columns, block.values, strict=True):
        yield from _column(column, zip(values, block.rows, strict=True))


def _column(column: Column, values: Iterable[tuple[list[float] | None, int]]) -> Iterator[str]:
    names, is_sound = STATS[column.kind], _SOUND[column.kind]
    for numbers, rows in values:
        if numbers is not None and not (len(numbers) == len(names) and is_sound(numbers, rows)):
            yield f"{column.name}: {', '.join(names)} of {rows} rows cannot be {numbers[:8]}"


def _is_counters(numbers: list[float], rows: int) -> bool:
    """A counter is in all rows and never falls."""
    count, first, last, least, greatest = numbers
    return count == rows and first <= last and 0 <= least <= greatest


def _is_gauges(numbers: list[float], rows: int) -> bool:
    count, least, greatest, _, last = numbers
    return 1 <= count <= rows and count == int(count) and least <= last <= greatest


_SOUND: dict[Kind, Callable[[list[float], int], bool]] = {"counter": _is_counters, "gauge": _is_gauges}
