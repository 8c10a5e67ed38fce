"""Searches, several in one request, whose answers are complete or an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.connection import SEARCH_SECONDS, Connection
from tidegauge.storage.elastic.failures import told

TOGETHER = 4
"""In one request: the cluster works on them at once; their answers are in memory at once."""
SERVER_SECONDS = 0.9 * SEARCH_SECONDS
"""A server gives up before we do, and says so."""
TOO_MANY_BUCKETS = "too_many_buckets_exception"

Key = TypeVar("Key")
Answer = dict[str, Any]


class TooManyBucketsError(StoreError):
    """An answer would have more buckets than the cluster allows (`search.max_buckets`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class Search(NamedTuple):
    """A body, and the indices to search: names, of which some may not exist, or a pattern."""

    indices: Sequence[str]
    body: dict[str, Any]


def ask(connection: Connection, searches: Mapping[Key, Search]) -> Iterator[tuple[Key, Answer]]:
    """The answer of each search, in order; they are asked for as the caller goes on.

    Raises StoreUnavailableError for an answer that is not complete, else as `Connection.call`.
    """
    waiting = list(searches.items())
    for begin in range(0, len(waiting), TOGETHER):
        some = waiting[begin : begin + TOGETHER]
        answers = _together(connection, [search for _, search in some])
        yield from ((key, answer) for (key, _), answer in zip(some, answers, strict=True))


def one(connection: Connection, search: Search) -> Answer:
    """The answer of one search; raises as `ask`."""
    return _together(connection, [search])[0]


def _together(connection: Connection, searches: Sequence[Search]) -> list[Answer]:
    body = b"".join(_lines(search) for search in searches)
    answers: list[Answer] = connection.call("POST", "/_msearch", body=body)[1]["responses"]
    for answer in answers:
        _check(connection, answer)
    return answers


def _lines(search: Search) -> bytes:
    head = {"index": search.indices, "ignore_unavailable": True, "allow_no_indices": True}
    body = {**search.body, "timeout": f"{SERVER_SECONDS * 1000:.0f}ms"}
    return b"%b\n%b\n" % (msgspec.json.encode(head), msgspec.json.encode(body))


def _check(connection: Connection, answer: Answer) -> None:
    if "error" in answer:
        if (failure := told(answer))[0] == TOO_MANY_BUCKETS:
            raise TooManyBucketsError(failure[1])
        raise connection.refused(answer["status"], answer)
    if answer["timed_out"]:
        text = f"Elasticsearch did not finish a search within {SERVER_SECONDS:g} s"
        raise StoreUnavailableError(text, "ask for less, or give it time")
    shards = answer["_shards"]
    if shards["failed"]:
        why = told({"failed_shards": shards.get("failures", [])})[1]
        text = f"{shards['failed']} of {shards['total']} shards did not answer: {why}"
        raise StoreUnavailableError(text, "its own log says why")
