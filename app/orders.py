"""Which topics of the node stream a view orders: each of its entities, or each of its metrics of the whole fleet."""

from __future__ import annotations

from tidegauge.cluster.frames import entity_topic, metric_topic
from tidegauge.queries.plan import Plan

MANY = 50
"""A view of fewer entities orders each: topics are few then, and pages share what they read."""
ROW_COST = 6
"""What a row with all its values costs, in single values of a metric's topic: 3 to 8 in CPU, 5 to 18 in bytes."""


def topics(plan: Plan, fleet: int | None) -> tuple[str, ...]:
    """The topics that bring the rows of a plan. fleet: how many entities of its kinds there are; None: no metric's
    topic is to be ordered. One brings values of all of them, so it pays where most are shown, and few metrics."""
    metrics, shown = dict.fromkeys(plan.query.metrics), len(plan.entities)
    if fleet is None or shown < MANY or len(metrics) * max(fleet, shown) > ROW_COST * shown:
        return tuple(map(entity_topic, plan.entities))
    return tuple(map(metric_topic, metrics))
