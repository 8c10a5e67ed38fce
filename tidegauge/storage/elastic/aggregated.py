"""Parts and coverage of buckets, which the cluster makes of rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import compress

import numpy as np

from tidegauge.metrics.parts import Parts, Series
from tidegauge.storage.base import Coverage, Tier
from tidegauge.storage.elastic import answers, bodies, slices
from tidegauge.storage.elastic.answers import Found, LineKey, Lines, Values
from tidegauge.storage.elastic.bodies import Body
from tidegauge.storage.elastic.paging import Paging, Question
from tidegauge.storage.elastic.shapes import Covering, Gathering, Group, groups
from tidegauge.storage.elastic.slices import Range

LINE, METRIC = 8, 5
"""How much a line holds, and how much for each metric."""

Partly = list[tuple[Group, set[LineKey]]]
"""Lines of which some rows have the one metric of a group and some do not."""


def parts(paging: Paging, keys: tuple[Series, ...], within: Range) -> Parts:
    """The parts of `keys` (ascending) from the rows of a range. Raises StoreError.

    1. Ask for all metrics of a group of entities at once: the times of a line are those of all its rows.
    2. Where some rows lack a metric these may be other times than those of the metric: such lines are asked
       for again, a metric at a time, from the rows alone that have it.
    """
    gathering, asked = Gathering(keys), groups(keys)
    partly: dict[tuple[int, int], set[LineKey]] = {}
    questions = [one for g, group in enumerate(asked) for one in _questions(g, group, within)]
    for question, buckets in paging.buckets(questions):
        group = asked[question.about]
        lines, values = _read(buckets, group, within.tier)
        for n, one in enumerate(values):
            if (lacking := one.partly(lines)).any():
                partly.setdefault((question.about, n), set()).update(compress(lines.line_keys(), lacking))
                values[n] = one.only(~lacking)
        gathering.add(lines, group, values)
    _complete(
        paging,
        gathering,
        within,
        [(asked[g].narrowed({key[0] for key in lines}, n), lines) for (g, n), lines in partly.items()],
    )
    return gathering.parts()


def coverage(paging: Paging, entities: Sequence[str], within: Range) -> Coverage:
    """The coverage of the rows of a range. Raises StoreError."""
    covering = Covering()
    body = partial(bodies.coverage, step_ms=within.step_ms)
    size = slices.page(LINE)
    for _, buckets in paging.buckets([Question(0, "raw", one, body, size) for one in within.cut(entities, size)]):
        covering.add(answers.bucket_lines(buckets), *answers.late(buckets))
    return covering.coverage()


def _complete(paging: Paging, gathering: Gathering, within: Range, partly: Partly) -> None:
    """Ask for lines again, of the rows that have the metric."""
    questions: list[Question] = []
    for i, (group, wanted) in enumerate(partly):
        condition = bodies.having(*group.metrics[0], within.tier)
        questions += _questions(i, group, _around(within, wanted), [condition])
    for question, buckets in paging.buckets(questions):
        group, wanted = partly[question.about]
        lines, values = _read(buckets, group, within.tier)
        there = np.array([key in wanted for key in lines.line_keys()], bool)
        gathering.add(lines, group, [one.only(there) for one in values])


def _around(within: Range, lines: set[LineKey]) -> Range:
    """As much of a range as some of its lines lie in."""
    begins = [bucket for *_, bucket in lines]
    start_ms, end_ms = max(within.start_ms, min(begins)), min(within.end_ms, max(begins) + within.step_ms)
    return within._replace(start_ms=start_ms, end_ms=end_ms)


def _questions(about: int, group: Group, within: Range, conditions: Sequence[Body] = ()) -> list[Question]:
    size = slices.page(LINE + METRIC * len(group.metrics))
    body = partial(bodies.buckets, step_ms=within.step_ms, tier=within.tier, metrics=group.metrics)
    return [Question(about, within.tier, one, body, size, conditions) for one in within.cut(group.entities, size)]


def _read(buckets: Found, group: Group, tier: Tier) -> tuple[Lines, list[Values]]:
    values = [answers.bucket_values(buckets, n, kind, tier) for n, (_, kind) in enumerate(group.metrics)]
    return answers.bucket_lines(buckets), values
