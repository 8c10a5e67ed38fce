"""Searches, several in one request, whose answers are complete or an error."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import msgspec

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.elastic.connection import SEARCH_SECONDS, Connection
from tidegauge.storage.elastic.failures import told

TOGETHER = 8
"""In one request: the cluster works on them at once; their answers are in memory at once."""
SERVER_SECONDS = 0.9 * SEARCH_SECONDS
"""A server gives up before we do, and says so."""
TOO_MANY_BUCKETS = "too_many_buckets_exception"
NO_SHARD = "no_shard_available_action_exception"
START_SECONDS, PAUSE_SECONDS = 1.0, 0.05
"""An index that was just made cannot be searched yet: it is asked again for so long, and so often."""

Key = TypeVar("Key")


class TooManyBucketsError(StoreError):
    """An answer would have more buckets than the cluster allows (`search.max_buckets`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class Search(NamedTuple):
    """A body, and the indices to search: names, of which some may not exist, or a pattern.

    aggregations: the type to read those of the answer as; a structure costs a fraction of dictionaries.
    """

    indices: Sequence[str]
    body: dict[str, Any]
    aggregations: Any = Any


class Shards(msgspec.Struct):
    """How many parts of indices were to answer, and did not."""

    total: int = 0
    failed: int = 0
    failures: list[Any] = []


class Answer(msgspec.Struct):
    """An answer that is complete. aggregations: None where there is no index."""

    status: int = 200
    timed_out: bool = False
    shards: Shards = msgspec.field(default_factory=Shards, name="_shards")
    error: Any = None
    hits: dict[str, Any] = {}
    aggregations: Any = None


class _Answers(msgspec.Struct):
    responses: list[msgspec.Raw]


_answers = msgspec.json.Decoder(_Answers)


def ask(
    connection: Connection, searches: Mapping[Key, Search], together: int = TOGETHER
) -> Iterator[tuple[Key, Answer]]:
    """The answer of each search, in order; they are asked for as the caller goes on.

    Raises StoreUnavailableError for an answer that is not complete, else as `Connection.read`.
    """
    waiting = list(searches.items())
    for begin in range(0, len(waiting), together):
        some = waiting[begin : begin + together]
        answers = _together(connection, [search for _, search in some])
        yield from ((key, answer) for (key, _), answer in zip(some, answers, strict=True))


def one(connection: Connection, search: Search) -> Answer:
    """The answer of one search; raises as `ask`."""
    return _together(connection, [search])[0]


def _together(connection: Connection, searches: Sequence[Search]) -> list[Answer]:
    def read(data: bytes) -> list[Answer]:
        found = zip(searches, _answers.decode(data).responses, strict=True)
        return [_decoder(search.aggregations).decode(answer) for search, answer in found]

    body = b"".join(map(_lines, searches))
    until = time.monotonic() + START_SECONDS
    while True:
        answers = connection.read("/_msearch", body, read)
        if time.monotonic() > until or not any(map(_starts, answers)):
            break
        time.sleep(PAUSE_SECONDS)
    for answer in answers:
        _check(connection, answer)
    return answers


def _starts(answer: Answer) -> bool:
    """Whether an index has not begun to answer; one of which a part is lost says the same."""
    failure = {"error": answer.error} if answer.error is not None else {"failed_shards": answer.shards.failures}
    return told(failure)[0] == NO_SHARD


def _lines(search: Search) -> bytes:
    head = {"index": search.indices, "ignore_unavailable": True, "allow_no_indices": True}
    body = {**search.body, "timeout": f"{SERVER_SECONDS * 1000:.0f}ms"}
    return b"%b\n%b\n" % (msgspec.json.encode(head), msgspec.json.encode(body))


@lru_cache(256)
def _decoder(aggregations: Any) -> msgspec.json.Decoder[Answer]:
    """Of answers whose aggregations are of a type."""
    if aggregations is Any:
        return msgspec.json.Decoder(Answer)
    fields = [("aggregations", aggregations | None, None)]
    return msgspec.json.Decoder(msgspec.defstruct("Answer", fields, bases=(Answer,)))


def _check(connection: Connection, answer: Answer) -> None:
    if answer.error is not None:
        body = {"error": answer.error}
        if (failure := told(body))[0] == TOO_MANY_BUCKETS:
            raise TooManyBucketsError(failure[1])
        raise connection.refused(answer.status, body)
    if answer.timed_out:
        text = f"Elasticsearch did not finish a search within {SERVER_SECONDS:g} s"
        raise StoreUnavailableError(text, "ask for less, or give it time")
    if answer.shards.failed:
        why = told({"failed_shards": answer.shards.failures})[1]
        text = f"{answer.shards.failed} of {answer.shards.total} shards did not answer: {why}"
        raise StoreUnavailableError(text, "its own log says why")
