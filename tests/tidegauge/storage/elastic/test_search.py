"""Searches of which each answer is complete, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from tests.tidegauge.storage.elastic.scripted import Answer, Request, scripted
from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic import bodies
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.search import NO_SHARD, TOGETHER, Search, TooManyBucketsError, ask, one

COMPLETE = {"status": 200, "timed_out": False, "_shards": {"total": 5, "failed": 0}, "hits": {"hits": []}}
NOTHING = Search(["tidegauge-raw-*"], {"size": 0})


@contextmanager
def answering(*answers: dict[str, Any]) -> Iterator[Connection]:
    """A connection to a server that gives these answers to the searches of each request."""

    def script(request: Request) -> Answer:
        count = request.body.count(b"\n") // 2
        return Answer(200, {"took": 1, "responses": (list(answers) * count)[:count]})

    with scripted(script) as url:
        connection = Connection(url)
        yield connection
        connection.close()


def test_answers_are_in_the_order_of_the_searches() -> None:
    """However many requests that takes; each search says which indices it is for, and that some may not be there."""
    requests: list[list[Any]] = []

    def script(request: Request) -> Answer:
        lines = [json.loads(line) for line in request.body.splitlines()]
        requests.append(lines)
        return Answer(200, {"responses": [{**COMPLETE, "aggregations": {"n": body["n"]}} for body in lines[1::2]]})

    with scripted(script) as url:
        searches = {f"key{i}": Search(["a", "b"], {"n": i}) for i in range(TOGETHER + 1)}
        found = [(key, answer.aggregations["n"]) for key, answer in ask(Connection(url), searches)]
    assert found == [(f"key{i}", i) for i in range(TOGETHER + 1)]
    assert [len(lines) for lines in requests] == [2 * TOGETHER, 2]
    head, body = requests[1]
    assert head == {"index": ["a", "b"], "ignore_unavailable": True, "allow_no_indices": True}
    assert body == {"n": TOGETHER, "timeout": "9000ms"}


def test_aggregations_are_read_as_the_type_that_is_asked_for() -> None:
    """Each search's as its own."""

    class Pair(msgspec.Struct):
        a: int
        b: float | None = None

    with answering({**COMPLETE, "aggregations": {"a": 1, "c": 2}}, COMPLETE) as connection:
        searches = {0: Search(["x"], {}, Pair), 1: Search(["x"], {}, Pair), 2: Search(["x"], {})}
        assert [answer.aggregations for _, answer in ask(connection, searches)] == [Pair(1), None, {"a": 1, "c": 2}]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({**COMPLETE, "timed_out": True}, "did not finish a search within 9 s"),
        (
            {
                **COMPLETE,
                "_shards": {
                    "total": 5,
                    "failed": 3,
                    "failures": [{"shard": 1, "reason": {"type": "io_exception", "reason": "disk is gone"}}],
                },
            },
            "3 of 5 shards did not answer: disk is gone",
        ),
        ({**COMPLETE, "_shards": {"total": 2, "failed": 1}}, "1 of 2 shards did not answer"),
        ({"error": {"type": "x", "reason": "queue is full"}, "status": 429}, "answered 429: queue is full"),
        ({"error": {"type": "x", "reason": "no shard", "failed_shards": []}, "status": 503}, "answered 503: no shard"),
    ],
)
def test_what_is_not_complete_is_an_error(answer: dict[str, Any], said: str) -> None:
    """That another try may help; of several answers one is enough."""
    with answering(COMPLETE, answer) as connection, pytest.raises(StoreUnavailableError, match=said):
        list(ask(connection, {0: NOTHING, 1: NOTHING}))


@pytest.mark.parametrize(
    "starting",
    [
        {**COMPLETE, "_shards": {"total": 2, "failed": 1, "failures": [{"shard": 0, "reason": {"type": NO_SHARD}}]}},
        {"error": {"root_cause": [{"type": NO_SHARD}], "reason": "all shards failed"}, "status": 503},
    ],
)
def test_an_index_that_was_just_made_is_asked_again(starting: dict[str, Any]) -> None:
    """Until it answers, and its neighbours with it."""
    rounds = [[COMPLETE, starting], [starting, COMPLETE], [COMPLETE, COMPLETE]]
    with scripted(lambda _: Answer(200, {"responses": rounds.pop(0)})) as url:
        assert len(list(ask(Connection(url), {0: NOTHING, 1: NOTHING}))) == 2
    assert rounds == []


def test_too_many_buckets_are_told_from_other_refusals() -> None:
    """A smaller question can help there, and nothing elsewhere."""
    refused = {"error": {"root_cause": [{"type": "too_many_buckets_exception", "reason": "65536"}]}, "status": 400}
    with answering(refused) as connection, pytest.raises(TooManyBucketsError, match="65536"):
        one(connection, NOTHING)
    refused = {"error": {"root_cause": [{"type": "parsing_exception", "reason": "what?"}]}, "status": 400}
    with (
        answering(refused) as connection,
        pytest.raises(StoreError, match="refused a request with 400: what") as caught,
    ):
        one(connection, NOTHING)
    assert caught.value.permanent


def test_an_answer_of_another_shape_is_no_elasticsearch() -> None:
    """Nor is it taken for an empty one."""
    with answering({**COMPLETE, "hits": 7}) as connection, pytest.raises(StoreError, match="does not answer as"):
        one(connection, NOTHING)


@pytest.mark.elasticsearch
def test_no_index_is_no_error(connection: Connection) -> None:
    """There is nothing in it."""
    answer = one(connection, Search(["tidegauge-raw-2024.10.04", "tidegauge-raw-*"], bodies.indices()))
    assert (answer.aggregations, answer.shards.total) == (None, 0)


@pytest.mark.elasticsearch
def test_a_real_refusal(connection: Connection) -> None:
    """Is ours."""
    connection.call("PUT", "/tidegauge-raw-x", body={})
    with pytest.raises(StoreError, match="unknown query"):
        one(connection, Search(["tidegauge-raw-x"], {"query": {"nothing": {}}}))
