"""Live: new rows of a query as they come, as small frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
import pandas as pd

from tidegauge.client import frames
from tidegauge.client.answer import Answer, Known, Series, Source
from tidegauge.clock import Clock
from tidegauge.metrics.query import Query
from tidegauge.metrics.steps import MINUTE, SECOND

LOOKBACK = "now-10s"
SLOW = "now-2m"
"""Where a first look begins; of entities with periods above a second."""


class Live(Iterator[pd.DataFrame]):
    """A wide frame for each look that found new rows; the source is asked every so many seconds.

    Rows come once and in order; one that comes later than a newer one of its series is left out here, `query` has
    it. Ends only when the caller ends it. Raises TidegaugeError; who asks again then gets what came meanwhile.
    """

    def __init__(self, source: Source, query: Query, known: Sequence[Known], clock: Clock, seconds: float) -> None:
        slow = max((one.period_ms for one in known), default=0) > SECOND
        self._query = msgspec.structs.replace(query, start=SLOW if slow else LOOKBACK, end="now", step_ms=SECOND)
        self._source = source
        self._known = known
        self._clock = clock
        self._seconds = seconds
        self._told: dict[tuple[str, str], int] = {}
        self._looked = False

    def __next__(self) -> pd.DataFrame:
        while not (fresh := self._look()).series:
            pass
        return _frame(self._query, fresh, self._known, self._source.link)

    def _look(self) -> Answer:
        """Ask once, when it is time: what is new."""
        if self._looked:
            self._clock.sleep(self._seconds)
        self._looked = True
        if self._told:
            self._query = msgspec.structs.replace(self._query, start=_start(self._told))
        answer = self._source.answer(self._query)
        fresh = _fresh(answer, self._told)
        self._told.update({(one.entity, one.label): one.time_ms[-1] for one in fresh})
        return msgspec.structs.replace(answer, series=fresh)


def _fresh(answer: Answer, told: dict[tuple[str, str], int]) -> list[Series]:
    """The series less the points that were told, those that have others."""
    found = []
    for one in answer.series:
        begin = int(np.searchsorted(one.time_ms, told.get((one.entity, one.label), -1), side="right"))
        if begin < len(one.time_ms):
            found.append(msgspec.structs.replace(one, time_ms=one.time_ms[begin:], value=one.value[begin:]))
    return found


def _start(told: dict[tuple[str, str], int]) -> str:
    """From where to ask: the series that is furthest behind, a minute behind the newest at most."""
    newest = max(told.values())
    return str(max(min(told.values()) + 1, newest - MINUTE))


def _frame(query: Query, answer: Answer, known: Sequence[Known], link: Callable[[Query], str]) -> pd.DataFrame:
    """The new points alone: what may be missing before and after them is not looked for."""
    times = [time for one in answer.series for time in one.time_ms]
    narrowed = msgspec.structs.replace(answer, from_ms=min(times), to_ms=max(times) + 1)
    return frames.frame(query, narrowed, known, link(query))
