"""The Query: the three-way round trip, and each refusal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.tidegauge.metrics.strategies import queries
from tidegauge.metrics import query
from tidegauge.metrics.filters import Term
from tidegauge.metrics.query import Query, QueryError

NOW_MS = 1_750_000_000_000
CPU = "system.cpu.utilization"


@given(queries)
def test_a_query_survives_its_url(asked: Query) -> None:
    """URL and back is the same query, with quotes, commas, spaces, NUL and beyond in its filter."""
    url = query.to_url(asked)
    assert url.isascii()
    assert query.from_url(url) == asked


@given(queries)
def test_a_query_survives_its_json(asked: Query) -> None:
    """JSON and back is the same query."""
    assert query.from_json(query.to_json(asked)) == asked


@given(queries)
def test_url_and_json_of_equal_queries_are_equal(asked: Query) -> None:
    """A query has one URL and one JSON text, so either is a key."""
    by_json = query.from_json(query.to_json(query.from_url(query.to_url(asked))))
    assert (query.to_url(by_json), query.to_json(by_json)) == (query.to_url(asked), query.to_json(asked))
    assert hash(by_json) == hash(asked)


def test_the_url_is_short_and_readable() -> None:
    """What is at its default is left out, and lists are comma-separated."""
    asked = Query(metrics=(CPU, "x"), filter=(Term("fleet", "=", ("default",)),), start="now-15m", by=("host",))
    assert query.to_url(asked) == "metrics=system.cpu.utilization%2Cx&filter=fleet%3Ddefault&from=now-15m&by=host"
    assert query.to_url(Query(metrics=(CPU,))) == "metrics=system.cpu.utilization"


def is_query(read: Any, text: object) -> bool:
    """Whether a text reads as a query. Any error but QueryError is the test's failure."""
    try:
        read(text)
    except QueryError:
        return False
    return True


hostile = st.text(st.characters(), max_size=40)
"""Any text, lone surrogates included."""


@given(hostile | st.text("metrics=fior&%\"',*0123456789", max_size=40))
def test_arbitrary_urls_give_a_query_or_our_error(text: str) -> None:
    """No query string raises anything but QueryError."""
    assert is_query(query.from_url, text) in (True, False)
    assert is_query(query.from_url, "metrics=x&" + text) in (True, False)


keys = st.sampled_from(["metrics", "filter", "by", "from", "to", "step_ms", "points", "aggregate", "rate", "top", "?"])


@given(st.dictionaries(keys, hostile))
def test_arbitrary_pairs_give_a_query_or_our_error(pairs: dict[str, str]) -> None:
    """No values of the known keys raise anything but QueryError; what is a query has its URL."""
    pairs |= {"metrics": "x"}
    if is_query(query.from_pairs, pairs):
        asked = query.from_pairs(pairs)
        assert query.from_url(query.to_url(asked)) == asked


some_texts = st.lists(st.text(max_size=5), max_size=2)
json_values = st.none() | st.booleans() | st.integers() | st.text(max_size=10) | some_texts
fields = st.sampled_from(Query.__struct_fields__)


@given(st.dictionaries(fields, json_values).map(msgspec.json.Encoder().encode) | st.binary(max_size=60) | hostile)
def test_arbitrary_json_gives_a_query_or_our_error(data: bytes | str) -> None:
    """No JSON and no bytes raise anything but QueryError."""
    assert is_query(query.from_json, data) in (True, False)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"metrics": ()}, "metrics: name 1 to 64"),
        ({"metrics": ("x",) * 65}, "metrics: name 1 to 64"),
        ({"metrics": ("a b",)}, "not a name"),
        ({"by": ("",)}, "not a name"),
        ({"filter": (Term("a", "=", ()),)}, "filter"),
        ({"filter": (Term("a b", "=", ("x",)),)}, "filter"),
        ({"step_ms": 3000}, "step: one of 1s, 2s"),
        ({"step_ms": 0}, "step"),
        ({"points": 0}, "points: 1 to 20000"),
        ({"points": 20_001}, "points: 1 to 20000"),
        ({"aggregate": "median"}, "aggregate: one of avg"),
        ({"rate": "yes"}, "rate: one of auto"),
        ({"top": 0}, "top: 1 to 1000"),
        ({"start": "yesterday"}, "range"),
        ({"end": ""}, "range"),
    ],
)
def test_each_refusal_says_what_would_do(fields: dict[str, Any], reason: str) -> None:
    """A query that cannot be says which part and what would do, from Python and from JSON alike."""
    with pytest.raises(QueryError, match=reason):
        Query(**({"metrics": ("x",)} | fields))
    with pytest.raises(QueryError, match=reason):
        query.from_json(msgspec.json.encode({"metrics": ["x"]} | fields))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "metrics"),
        ("metrics=x&colour=red", "unknown key 'colour'"),
        ("metrics=x&points=many", "points: a whole number"),
        ("metrics=x&filter=a", "filter: cannot read"),
        ("metrics=x&metrics=y", "a key may stand once"),
    ],
)
def test_each_bad_url_says_what_would_do(url: str, reason: str) -> None:
    """A link that cannot be read says which of its keys is at fault."""
    with pytest.raises(QueryError, match=reason):
        query.from_url(url)


def test_the_span_is_of_its_now() -> None:
    """A range is resolved at the moment that is asked about; an empty one is refused."""
    assert Query(metrics=("x",), start="now-1m").span(NOW_MS) == (NOW_MS - 60_000, NOW_MS)
    with pytest.raises(QueryError, match="range: now is not before now"):
        Query(metrics=("x",), start="now").span(NOW_MS)


@pytest.mark.parametrize("start", ["now-999999w", "0001-01-01", "0"])
@pytest.mark.parametrize("end", ["now+999999w", "9999-12-31T23:59:59.999", "999999999999999"])
def test_a_span_stays_where_days_have_names(start: str, end: str) -> None:
    """However far a range reaches, its ends are times that a store can name."""
    found = Query(metrics=("x",), start=start, end=end).span(NOW_MS)
    assert found[0] == 0
    assert NOW_MS < found[1] <= query.MAX_TIME_MS


def test_a_misspelt_field_is_not_ignored() -> None:
    """JSON is as strict as a URL: an unknown field is refused by name."""
    with pytest.raises(QueryError, match="agregate"):
        query.from_json(b'{"metrics":["x"],"agregate":"max"}')


@given(queries, st.integers(0, 2 * NOW_MS))
def test_the_step_is_given_or_fits(asked: Query, now_ms: int) -> None:
    """The step is the query's own, or the smallest that gives at most its points."""
    if asked.step_ms is not None:
        assert asked.step(now_ms) == asked.step_ms
        return
    assume(is_query(asked.span, now_ms))
    start, end = asked.span(now_ms)
    assert end - start <= asked.points * asked.step(now_ms) or asked.step(now_ms) == 86_400_000
