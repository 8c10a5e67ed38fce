"""Names of metrics as names of columns."""

from __future__ import annotations

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.storage.embedded.columns import OWN, column_of, count_values, metric_of, name, text

metrics = st.from_regex(r"\A[A-Za-z0-9_./:-]{1,20}\Z")


@given(metrics)
def test_a_column_names_its_metric(metric: str) -> None:
    """Both ways, and never like one of our own columns."""
    assert metric_of(column_of(metric)) == metric
    assert not column_of(metric).startswith("_")
    assert column_of(metric) not in OWN


@given(st.lists(metrics, unique=True, min_size=1, max_size=5))
def test_columns_differ_where_metrics_do(names: list[str]) -> None:
    """Also where capitals count for nothing."""
    assert len({column_of(metric).lower() for metric in names}) == len(names)


def test_readable_names_stay_as_they_are() -> None:
    """OpenTelemetry's names are their columns' names."""
    assert column_of("system.cpu.time.user") == "system.cpu.time.user"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=10))
def test_quoted_texts_and_names_mean_themselves(value: str) -> None:
    """Whatever quotes they hold."""
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {text(value)} AS {name('x' + value)}").fetchall() == [(value,)]


def test_values_are_counted_over_columns() -> None:
    """Those that are not NULL; of no columns there are none."""
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t AS SELECT * FROM (VALUES (1, NULL), (2, 3)) AS t("a", "b")')
        counted = [connection.execute(f"SELECT {count_values(c)} FROM t").fetchall() for c in (["a", "b"], [])]
    assert counted == [[(3,)], [(0,)]]
