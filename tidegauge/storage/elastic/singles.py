"""Parts and coverage of rows one by one, and the values of gauges at the ends of buckets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import Coverage
from tidegauge.storage.elastic import answers, bodies, shapes, slices
from tidegauge.storage.elastic.paging import Paging, Question
from tidegauge.storage.elastic.shapes import Covering, Gathering, Group
from tidegauge.storage.elastic.slices import Range

ROW = 6
"""How much a row holds beside its metrics."""
TIMES = 5_000
"""Named in one question."""


def parts(paging: Paging, keys: tuple[Series, ...], within: Range) -> Parts:
    """A part for each row with a value of a series; `keys` ascend. Raises StoreError."""
    groups = shapes.groups(keys)
    return _gathered(paging, keys, groups, [one for g, group in enumerate(groups) for one in _all(g, group, within)])


def coverage(paging: Paging, entities: Sequence[str], within: Range) -> Coverage:
    """A line for each row. Raises StoreError."""
    covering = Covering()
    questions = [
        Question(0, "raw", one, bodies.arrivals, slices.page(ROW + 1), rows=one.rows(within.row_ms))
        for one in slices.by_entities(within.of(entities))
    ]
    for _, hits in paging.rows(questions):
        lines, received_ms = answers.arrivals(hits)
        covering.add(lines, (received_ms > 0).astype(np.int64), received_ms)
    return covering.coverage()


def with_ends(paging: Paging, parts: Parts, within: Range) -> Parts:
    """Parts of buckets with the last value of each gauge, and where they are of raw rows with the first too.

    These are the values of the rows at the times of the parts. Raises StoreError.
    """
    keys = tuple(key for key in parts.keys if key.kind == "gauge")
    groups = shapes.groups(keys)
    questions = [one for g, group in enumerate(groups) for one in _at_ends(g, group, parts, within)]
    return shapes.with_ends(parts, _gathered(paging, keys, groups, questions), first=within.tier == "raw")


def _gathered(paging: Paging, keys: tuple[Series, ...], groups: Sequence[Group], questions: list[Question]) -> Parts:
    gathering = Gathering(keys)
    for question, hits in paging.rows(questions):
        rows = answers.rows(hits)
        gathering.add(rows.lines, groups[question.about], [answers.row_values(value) for value in rows.numbers])
    return gathering.parts()


def _all(about: int, group: Group, within: Range) -> list[Question]:
    """Questions for all rows of a group."""
    fields = [bodies.field(metric) for metric, _ in group.metrics]
    body = partial(bodies.rows, time="@timestamp", fields=fields)
    return [
        Question(about, "raw", one, body, slices.page(ROW + len(fields)), rows=one.rows(within.row_ms))
        for one in slices.by_entities(within.of(group.entities))
    ]


def _at_ends(about: int, group: Group, parts: Parts, within: Range) -> list[Question]:
    """Questions for the rows of a group at the first and last times of its parts.

    A minute row has the last value of its last raw row, whose time is its `last`, at most a minute after its own.
    """
    is_raw = within.tier == "raw"
    time, end, before_ms = ("@timestamp", "", 0) if is_raw else ("last", ".last", MINUTE)
    fields = [bodies.field(metric) + end for metric, _ in group.metrics]
    body, size = partial(bodies.rows, time=time, fields=fields), slices.page(ROW + len(fields))
    own = np.array([key.entity in group.places for key in parts.keys], bool)[parts.series]
    ends = [parts.last_ms[own], parts.first_ms[own]] if is_raw else [parts.last_ms[own]]
    times = np.unique(np.concatenate(ends)).tolist()
    questions: list[Question] = []
    for some in (times[at : at + TIMES] for at in range(0, len(times), TIMES)):
        around = Range(within.tier, some[0] - before_ms, some[-1] + 1, 0).of(group.entities)
        conditions = [bodies.at(time, some)]
        questions += [
            Question(about, within.tier, one, body, size, conditions, len(some)) for one in slices.by_entities(around)
        ]
    return questions
