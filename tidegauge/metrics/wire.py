"""Wire v1 (rule 4): the body of a POST, its one header, and the only answer that settles a record.

A body is one or more records, each a gzip member that holds one line of JSON. Decoding arbitrary
bytes gives values or `WireError`, never anything else.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from tidegauge.metrics.records import VERSION, Record

CONTENT_TYPE = "application/vnd.tidegauge.records"
HEADER = "Tidegauge-Collector"
READABLE_VERSIONS = (VERSION,)
PIECE = 1 << 16


class WireError(Exception):
    """Bytes that are not what they should be; `reason` is a short keyword, `hint` says what to do."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(f"{reason}: {hint}")
        self.reason = reason
        self.hint = hint


class Queue(msgspec.Struct, frozen=True):
    """What a collector still holds: records, and the span of their rows in its own clock's ms."""

    count: int = 0
    from_ms: int | None = None
    to_ms: int | None = None


class PostHeader(msgspec.Struct, frozen=True, kw_only=True):
    """The header of a POST: the sender as it is now, by its own clock; never spooled."""

    host: str
    now_ms: int
    incarnation: str
    period_ms: int
    queue: Queue = Queue()
    stopping: bool = False
    name: str = ""


Settled = Literal["stored", "duplicate", "partial", "refused", "retry"]


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one record.

    stored, duplicate: done. partial: done but for `items`. refused: will never be taken.
    retry: keep it and send it again. `items` name rows as "entity@time_ms: why".
    """

    incarnation: str
    seq: int
    outcome: Settled
    reason: str = ""
    items: list[str] = []


class Answer(msgspec.Struct, frozen=True):
    """The answer to a POST: one outcome a record, in the order of the body."""

    tidegauge: int
    now_ms: int
    outcomes: list[Outcome]


class _Envelope(msgspec.Struct):
    """As much of a record as every version has."""

    v: int = 0
    incarnation: str = ""
    seq: int = -1


class UnknownVersionError(WireError):
    """A record of a version this program does not read: to be sent again, to a newer server."""

    def __init__(self, version: int, incarnation: str, seq: int) -> None:
        super().__init__("version", f"record version {version} is not readable here; upgrade the server first")
        self.incarnation = incarnation
        self.seq = seq


_record = msgspec.json.Decoder(Record)
_envelope = msgspec.json.Decoder(_Envelope)
_header = msgspec.json.Decoder(PostHeader)
_answer = msgspec.json.Decoder(Answer)


def encode(record: Record) -> bytes:
    """A record as it is spooled and sent: one gzip member."""
    return gzip.compress(msgspec.json.encode(record) + b"\n", compresslevel=1, mtime=0)


def members(body: bytes, limit: int) -> Iterator[bytes]:
    """Inflate the gzip members of a body one by one; `limit` bounds the inflated bytes in all.

    Raises WireError: "gzip" for bytes that are no whole member, "too_large" past the limit.
    """
    at, left = 0, limit
    while at < len(body):
        line, at = _member(memoryview(body), at, left)
        if len(line) > left:
            raise WireError("too_large", f"a body may hold {limit} bytes when inflated; send fewer records a POST")
        left -= len(line)
        yield line


def first_member(body: bytes, limit: int) -> tuple[bytes, int]:
    """The first gzip member of a body, inflated (at most a byte over `limit`), and about how many such there are.

    Raises WireError "gzip".
    """
    line, end = _member(memoryview(body), 0, limit)
    return line, max(1, len(body) // max(1, end))


def _member(body: memoryview, at: int, limit: int) -> tuple[bytes, int]:
    """The member that begins at `at`, at most one byte over `limit` of it, and where the next begins.

    It is fed in pieces: what zlib does not use it copies, which would be the rest of the body each time.
    """
    inflater, line = zlib.decompressobj(wbits=31), bytearray()
    while not inflater.eof and len(line) <= limit:
        piece = body[at : at + PIECE]
        if not piece:
            raise WireError("gzip", "the last gzip member is cut short; send the whole record again")
        try:
            line += inflater.decompress(piece, limit + 1 - len(line))
        except zlib.error as error:
            raise WireError("gzip", f"the body is not gzip: {error}") from error
        at += len(piece) - len(inflater.unused_data)
    return bytes(line), at


def decode(line: bytes) -> Record:
    """One inflated member as a record.

    Raises UnknownVersionError for another version, else WireError "json" with where and why.
    """
    try:
        envelope = _envelope.decode(line)
        if envelope.v not in READABLE_VERSIONS:
            raise UnknownVersionError(envelope.v, envelope.incarnation, envelope.seq)
        return _record.decode(line)
    except RecursionError as error:
        raise WireError("json", "nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("json", str(error)[:300]) from error


def encode_header(header: PostHeader) -> str:
    """The header's value: JSON in ASCII."""
    return json.dumps(msgspec.to_builtins(header))


def decode_header(value: str) -> PostHeader:
    """The header of a POST. Raises WireError "header"."""
    try:
        return _header.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise WireError("header", f"{HEADER}: {str(error)[:300]}") from error


def encode_answer(now_ms: int, outcomes: Sequence[Outcome]) -> bytes:
    """The answer's body."""
    return msgspec.json.encode(Answer(VERSION, now_ms, list(outcomes)))


def decode_answer(body: bytes) -> Answer:
    """A server's answer. Raises WireError "answer": such an answer settles nothing."""
    try:
        return _answer.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise WireError("answer", str(error)[:300]) from error
