"""Buckets page by page: a cluster's own limit of buckets is learned."""

from __future__ import annotations

import json

from tests.tidegauge.storage.elastic.scripted import Answer, Request, scripted
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.paging import Paging, Question
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
