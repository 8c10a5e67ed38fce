"""Buckets page by page, whatever a cluster's own limit of buckets is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.elasticsearch.server import ask
from tests.rows import record
from tests.tidegauge.storage.contract.opening import NOW, outcomes, times
from tests.tidegauge.storage.elastic.fresh import opened
from tests.tidegauge.storage.elastic.scripted import Answer, Request, scripted
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.paging import Paging, Question
from tidegauge.storage.elastic.search import TooManyBucketsError
from tidegauge.storage.elastic.slices import Slice

SHARDS = {"total": 1, "successful": 1, "failed": 0}
TOTAL, LIMIT = 10, 4
TOO_MANY = {"status": 400, "error": {"type": "too_many_buckets_exception", "reason": "too many"}}


def bucket(n: int) -> dict[str, object]:
    """The n-th bucket."""
    key = {"entity": "h1", "incarnation": "i", "start": "s", "bucket": n}
    one = {"value": 1.0}
    return {"key": key, "doc_count": 1, "first": one, "last": one, "period": one}


def limited(request: Request) -> Answer:
    """A server that gives few buckets at once."""
    responses = []
    for line in request.body.splitlines()[1::2]:
        composite = json.loads(line)["aggs"]["buckets"]["composite"]
        if composite["size"] > LIMIT:
            responses.append(TOO_MANY)
            continue
        begin = composite.get("after", {"bucket": -1})["bucket"] + 1
        some = [bucket(n) for n in range(begin, min(TOTAL, begin + composite["size"]))]
        found = {"buckets": some} | ({"after_key": some[-1]["key"]} if some else {})
        responses.append({"status": 200, "timed_out": False, "_shards": SHARDS, "aggregations": {"buckets": found}})
    return Answer(200, {"responses": responses})


def test_pages_are_made_smaller_until_they_are_given() -> None:
    """Every bucket comes once."""
    with scripted(limited) as url:
        connection = Connection(url)
        question = Question(0, Slice(("h1",), 0, 1000), 1, "raw", (), 10)
        found = [one for _, some in Paging(connection).buckets([question]) for one in some]
        connection.close()
    assert [one.key.bucket for one in found] == list(range(TOTAL))


def test_a_cluster_that_gives_not_one_is_an_error() -> None:
    """After the smallest question."""
    with scripted(lambda _: Answer(200, {"responses": [TOO_MANY]})) as url:
        connection = Connection(url)
        question = Question(0, Slice(("h1",), 0, 1000), 1, "raw", (), 10)
        with pytest.raises(TooManyBucketsError, match="too many"):
            list(Paging(connection).buckets([question]))
        connection.close()


@pytest.fixture
def limit(elastic: str) -> Iterator[int]:
    """The buckets that a real cluster allows."""
    settings = "/_cluster/settings"
    ask(elastic, "PUT", settings, {"persistent": {"search.max_buckets": 30}})
    yield 30
    ask(elastic, "PUT", settings, {"persistent": {"search.max_buckets": None}})


@pytest.mark.elasticsearch
@pytest.mark.parametrize("size", [7, 20, 100])
def test_pages_of_a_real_cluster(elastic: str, limit: int, size: int) -> None:
    """Questions of different lengths and shapes at once, each bucket once."""
    store = opened(elastic)
    outcomes(store, record(times(50), {"gauge": [float(i) for i in range(50)]}))
    store.refresh()
    store.close()
    connection = Connection(elastic)
    spans = [Slice(("h1",), NOW, NOW + 1000 * seconds) for seconds in (0, 1, 20, 40, 100)]
    asked = [Question(i, one, 1000, "raw", [("gauge", "gauge")] * i, size) for i, one in enumerate(spans)]
    found: dict[int, list[int]] = {}
    for question, buckets in Paging(connection).buckets(asked):
        assert len(buckets) <= min(size, limit)
        found.setdefault(question.about, []).extend((bucket.key.bucket - NOW) // 1000 for bucket in buckets)
    connection.close()
    assert found == {i: list(range(count)) for i, count in enumerate((0, 1, 20, 40, 50)) if count}
