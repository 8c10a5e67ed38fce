"""Which topics a view orders."""

from __future__ import annotations

import pytest

from app import orders
from tests.rows import host
from tidegauge.metrics.query import Query
from tidegauge.queries import plan
from tidegauge.queries.known import Known
from tidegauge.queries.plan import Plan

FEW = orders.MANY - 1


def made(hosts: int, metrics: int) -> Plan:
    """A plan of some metrics of some hosts."""
    names = [f"h{n}" for n in range(hosts)]
    entities = {name: Known(name, host(name)) for name in names}
    return plan.make(Query(metrics=tuple(f"m{n}" for n in range(metrics))), entities, lambda _: "gauge", 10**12)


@pytest.mark.parametrize(
    ("hosts", "metrics", "fleet", "by_metric"),
    [
        (FEW, 1, FEW, False),
        (orders.MANY, 1, orders.MANY, True),
        (orders.MANY, 1, None, False),
        (100, orders.ROW_COST, 100, True),
        (100, orders.ROW_COST + 1, 100, False),
        (100, 1, 100 * orders.ROW_COST, True),
        (100, 1, 101 * orders.ROW_COST, False),
        (100, orders.ROW_COST, 0, True),
    ],
)
def test_a_metric_is_ordered_where_that_brings_less(
    hosts: int, metrics: int, fleet: int | None, by_metric: bool
) -> None:
    """Few metrics of many entities, most of those that there are; entities that nothing was heard of count too."""
    found = orders.topics(made(hosts, metrics), fleet)
    assert found == tuple(f"metric:m{n}" for n in range(metrics)) if by_metric else len(found) == hosts
    assert by_metric or all(topic.startswith("entity:h") for topic in found)
