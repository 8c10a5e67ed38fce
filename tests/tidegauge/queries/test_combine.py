"""From parts to lines."""

import numpy as np

from tests.rows import NOW, host, row
from tidegauge.metrics import parts as p
from tidegauge.metrics.query import Query
from tidegauge.metrics.records import Entity, Row
from tidegauge.queries import combine, plan
from tidegauge.queries.known import Known

WEB = host("web")
DB = host("db", fleet="data")
HOSTS = {"web": Known("web", WEB), "db": Known("db", DB)}
START = NOW - 60_000


def made(query: Query, entities: dict[str, Known] | None = None) -> plan.Plan:
    return plan.make(query, entities or HOSTS, lambda name: "counter" if name.startswith("c") else "gauge", NOW)


def lines(query: Query, rows: list[Row]) -> list[combine.Line]:
    a_plan = made(query)
    return combine.lines(a_plan, p.of_rows(rows, a_plan.series, a_plan.step_ms))


def test_rows_become_points_at_their_own_times() -> None:
    """At step 0 a gauge's points are its rows, in the order of the query's metrics."""
    query = Query(metrics=("g2", "g1"), start="now-1m")
    first, second = lines(query, [row(START + 1_500, WEB, g1=1.0, g2=2.0), row(START + 500, WEB, g1=3.0)])
    assert (first.label, first.metric, first.time.tolist(), first.value.tolist()) == (
        "web g2",
        "g2",
        [START + 1_500],
        [2.0],
    )
    assert (second.time.tolist(), second.value.tolist()) == ([START + 500, START + 1_500], [3.0, 1.0])
    assert second.joined.tolist() == [False, True]


def test_a_rate_needs_the_row_before_the_range() -> None:
    """A row before the first bucket gives its edge and no point of its own."""
    query = Query(metrics=("c",), start="now-1m")
    (line,) = lines(query, [row(START - 500, WEB, c=10.0), row(START + 500, WEB, c=14.0)])
    assert (line.time.tolist(), line.value.tolist()) == ([START + 500], [4.0])


def test_by_puts_series_together() -> None:
    """Hosts of one fleet become one line; sum adds, avg averages, max takes the greatest."""
    rows = [row(START + 500, WEB, g1=1.0), row(START + 700, host("w2"), g1=3.0), row(START + 600, DB, g1=7.0)]
    entities = {**HOSTS, "w2": Known("w2", host("w2"))}
    for aggregate, expected in (("sum", 4.0), ("avg", 2.0), ("max", 3.0), ("min", 1.0)):
        query = Query(metrics=("g1",), start="now-1m", by=("fleet",), aggregate=aggregate)
        a_plan = made(query, entities)
        found = {line.label: line for line in combine.lines(a_plan, p.of_rows(rows, a_plan.series, a_plan.step_ms))}
        assert found["default"].value.tolist() == [expected]
        assert found["data"].value.tolist() == [7.0]
        assert found["data"].entity == ""


def test_top_keeps_the_greatest_means() -> None:
    """`top` keeps so many lines, in the order they had."""
    query = Query(metrics=("g1",), start="now-1m", top=1)
    rows = [row(START + 500, WEB, g1=1.0), row(START + 600, DB, g1=7.0), row(START + 1_600, DB, g1=np.nan)]
    assert [line.entity for line in combine.top(made(query), lines(query, rows))] == ["db"]


def test_labels_tell_series_apart_and_no_more() -> None:
    """One entity: the metrics' suffixes; one metric: the entities' names; else both."""
    metrics = ("system.cpu.time.user", "system.cpu.time.system")
    assert combine.short_metric(metrics[0], metrics) == "user"
    assert combine.short_metric("system.uptime", ("system.uptime",)) == "uptime"
    disk = Known("web", Entity("web:disk:sda", "disk", "b", 1000, {"device": "sda"}))
    assert combine.entity_name(disk) == "sda"
    assert combine.entity_name(Known("web", Entity("web:disk:sdb", "disk", "b", 1000, {}))) == "sdb"
