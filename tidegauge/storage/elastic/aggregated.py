"""Parts and coverage, which the cluster makes of rows by composite aggregations.

Single rows are buckets of a millisecond: a server gives their numbers so without a look at what it stores of a
row beside them, which would cost more than all else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress

import numpy as np

from tidegauge.metrics.parts import Parts, Series
from tidegauge.metrics.steps import MINUTE
from tidegauge.storage.base import Coverage
from tidegauge.storage.elastic import answers, bodies, shapes, slices
from tidegauge.storage.elastic.answers import Found, LineKey, Lines, Values
from tidegauge.storage.elastic.bodies import Body
from tidegauge.storage.elastic.paging import Paging, Question
from tidegauge.storage.elastic.shapes import Covering, Gathering, Group
from tidegauge.storage.elastic.slices import Range, Slice, What

LINE, METRIC = 8, 4
"""How much a line holds, and how much for each metric."""
TIMES = 5_000

Partly = list[tuple[Group, set[LineKey]]]
"""Lines of which some rows have the one metric of a group and some do not."""


def parts(paging: Paging, keys: tuple[Series, ...], within: Range) -> Parts:
    """The parts of `keys` (ascending) from the rows of a range. Raises StoreError.

    1. Ask for all metrics of a group of entities at once: the times of a line are those of all its rows.
    2. Where some rows lack a metric these may be other times than those of the metric: such lines are asked
       for again, a metric at a time, from the rows alone that have it.
    """
    gathering, groups = Gathering(keys), shapes.groups(keys)
    partly: dict[tuple[int, int], set[LineKey]] = {}
    questions = [one for g, group in enumerate(groups) for one in _questions(g, group, within)]
    for question, buckets in paging.buckets(questions):
        group = groups[question.about]
        lines, values = _read(buckets, group, within.what)
        for n, one in enumerate(values):
            if (lacking := one.partly(lines)).any():
                partly.setdefault((question.about, n), set()).update(compress(lines.line_keys(), lacking))
                values[n] = one.only(~lacking)
        gathering.add(lines, group, values)
    again = [(groups[g].narrowed({key[0] for key in lines}, n), lines) for (g, n), lines in partly.items()]
    _complete(paging, gathering, again, within)
    return gathering.parts()


def with_ends(paging: Paging, parts: Parts, what: What, at_once: int = TIMES) -> Parts:
    """Parts of buckets with the last value of each gauge, and where they are of raw rows with the first too.

    These are the values of the rows at the times of the parts; a minute row has the last value of its last
    raw row. what: rows or lasts. at_once: times named in one question. Raises StoreError.
    """
    keys = tuple(key for key in parts.keys if key.kind == "gauge")
    gathering, groups = Gathering(keys), shapes.groups(keys)
    questions = [one for g, group in enumerate(groups) for one in _at_ends(g, group, parts, what, at_once)]
    for question, buckets in paging.buckets(questions):
        group = groups[question.about]
        lines, values = _read(buckets, group, what)
        gathering.add(lines, group, values)
    return shapes.with_ends(parts, gathering.parts(), first=what == "rows")


def coverage(paging: Paging, entities: Sequence[str], within: Range) -> Coverage:
    """The coverage of the rows of a range. Raises StoreError."""
    covering = Covering()
    for _, buckets in paging.buckets(_questions(0, Group(tuple(entities), (), {}), within)):
        covering.add(answers.lines(buckets, within.what), *answers.late(buckets))
    return covering.coverage()


def _complete(paging: Paging, gathering: Gathering, partly: Partly, within: Range) -> None:
    """Ask for lines again, of the rows that have the metric."""
    questions: list[Question] = []
    for i, (group, wanted) in enumerate(partly):
        condition = bodies.having(*group.metrics[0], within.what)
        questions += _questions(i, group, _around(within, wanted), [condition])
    for question, buckets in paging.buckets(questions):
        group, wanted = partly[question.about]
        lines, values = _read(buckets, group, within.what)
        there = np.array([key in wanted for key in lines.line_keys()], bool)
        gathering.add(lines, group, [one.only(there) for one in values])


def _around(within: Range, lines: set[LineKey]) -> Range:
    """As much of a range as some of its lines lie in."""
    begins = [bucket for *_, bucket in lines]
    start_ms, end_ms = max(within.start_ms, min(begins)), min(within.end_ms, max(begins) + within.step_ms)
    return within._replace(start_ms=start_ms, end_ms=end_ms)


def _questions(about: int, group: Group, within: Range, conditions: Sequence[Body] = ()) -> list[Question]:
    size = slices.page(LINE + METRIC * len(group.metrics))
    return [
        Question(about, one, within.step_ms, within.what, group.metrics, size, conditions)
        for one in within.cut(group.entities, size)
    ]


def _at_ends(about: int, group: Group, parts: Parts, what: What, at_once: int) -> list[Question]:
    """Questions for the rows of a group at the last and first times of its parts."""
    own = np.array([key.entity in group.places for key in parts.keys], bool)[parts.series]
    ends = [parts.last_ms[own], parts.first_ms[own]] if what == "rows" else [parts.last_ms[own]]
    times, before_ms = np.unique(np.concatenate(ends)).tolist(), 0 if what == "rows" else MINUTE
    size = slices.page(LINE + METRIC * len(group.metrics))
    questions: list[Question] = []
    for some in (times[at : at + at_once] for at in range(0, len(times), at_once)):
        around = Slice(group.entities, some[0] - before_ms, some[-1] + 1)
        questions += [
            Question(about, one, 1, what, group.metrics, size, [bodies.at(what, some)])
            for one in slices.by_entities(around)
        ]
    return questions


def _read(buckets: Found, group: Group, what: What) -> tuple[Lines, list[Values]]:
    values = [answers.values(buckets, n, kind, what) for n, (_, kind) in enumerate(group.metrics)]
    return answers.lines(buckets, what), values
