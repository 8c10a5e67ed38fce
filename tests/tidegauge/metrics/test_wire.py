"""Wire v1 from both sides: what is encoded decodes to itself, hostile bytes give values or WireError."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.minutes import summary
from tests.tidegauge.metrics.strategies import NOW_MS, records
from tidegauge.metrics import wire
from tidegauge.metrics.records import Block, Column, Entity, Record
from tidegauge.metrics.wire import Outcome, PostHeader, Queue, UnknownVersionError, WireError

LIMIT = 1 << 20
RECORD = Record(
    host="h1",
    incarnation=f"{NOW_MS}-ab",
    seq=7,
    blocks=[Block("host", [Entity("h1", "host", "boot", 1000)], [Column("x", "gauge")], [0], [NOW_MS], [[1.5]])],
)
STORED_V1 = (
    b'{"v":1,"host":"h1","incarnation":"1750000000000-ab","seq":7,"blocks":[{"kind":"host","entities":[{"id":"h1",'
    b'"kind":"host","start":"boot","period_ms":1000,"attributes":{}}],"columns":[{"name":"x","kind":"gauge"}],'
    b'"entity":[0],"times":[1750000000000],"values":[[1.5]]}],"minutes":[],"events":[],"metrics":[]}\n'
)
STORED_MINUTE = (
    b'{"v":1,"host":"h1","incarnation":"1750000000000-ab","seq":8,"blocks":[],"minutes":[{"kind":"host","entities":['
    b'{"id":"h1","kind":"host","start":"boot","period_ms":1000,"attributes":{}}],"columns":[{"name":"x",'
    b'"kind":"gauge"}],"entity":[0],"times":[1750000000000],"ends":[1750000000000],"rows":[1],'
    b'"values":[[[1,1.5,1.5,1.5,1.5]]]}],"events":[],"metrics":[]}\n'
)
any_texts = st.text(st.characters(codec="utf-8"), max_size=30)
whole = st.integers(-(2**53), 2**53)
queues = st.builds(Queue, whole, st.none() | whole, st.none() | whole)
headers = st.builds(
    PostHeader,
    host=any_texts,
    now_ms=whole,
    incarnation=any_texts,
    period_ms=whole,
    queue=queues,
    stopping=st.booleans(),
    name=any_texts,
)
outcomes = st.builds(
    Outcome, any_texts, whole, st.sampled_from(get_args(wire.Settled)), any_texts, st.lists(any_texts, max_size=3)
)


def read(body: bytes) -> list[Record]:
    """A whole body as records. Raises WireError."""
    return [wire.decode(line) for line in wire.members(body, LIMIT)]


def reason_of(decode: Callable[[], object]) -> str:
    """Why decoding gives our error; "" where it gives a value. Any other error is the test's failure."""
    try:
        decode()
    except WireError as error:
        return error.reason
    return ""


@given(st.lists(records, max_size=2))
def test_records_survive_the_wire(sent: list[Record]) -> None:
    """A body of concatenated members gives the same records in the same order."""
    assert read(b"".join(map(wire.encode, sent))) == sent


@given(records)
def test_a_member_is_one_line_and_always_the_same(record: Record) -> None:
    """A spooled record is one line of JSON, and its bytes depend on nothing but its content."""
    (line,) = wire.members(wire.encode(record), LIMIT)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert wire.encode(record) == wire.encode(record)


@given(st.binary(max_size=300))
def test_arbitrary_bodies_give_records_or_our_error(body: bytes) -> None:
    """No bytes make the decoder of a body raise anything but WireError."""
    assert reason_of(lambda: read(body)) in {"", "gzip", "json", "version"}


@given(st.binary(max_size=300) | any_texts.map(str.encode))
def test_arbitrary_lines_give_a_record_or_our_error(line: bytes) -> None:
    """No line makes the decoder of a record raise anything but WireError."""
    assert reason_of(lambda: wire.decode(line)) in {"", "json", "version"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(any_texts, inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(json.loads(STORED_V1), json_values)))
def test_arbitrary_json_gives_a_record_or_our_error(value: dict[str, object]) -> None:
    """JSON of the right keys and any values, NaN among them, gives a record or WireError."""
    assert reason_of(lambda: wire.decode(json.dumps(value).encode("utf-8", "surrogatepass"))) in {"", "json", "version"}


@given(records, st.data())
def test_mutated_bodies_give_records_or_our_error(record: Record, data: st.DataObject) -> None:
    """A valid body with a byte changed, cut or added never breaks the decoder."""
    body = bytearray(wire.encode(record))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    assert reason_of(lambda: read(bytes(body))) in {"", "gzip", "json", "version"}


@given(records, st.data())
def test_mutated_lines_give_records_or_our_error(record: Record, data: st.DataObject) -> None:
    """A valid line with bytes changed, cut or added never breaks the decoder."""
    (line,) = wire.members(wire.encode(record), LIMIT)
    changed = bytearray(line)
    at = data.draw(st.integers(0, len(changed) - 1))
    changed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert reason_of(lambda: wire.decode(bytes(changed))) in {"", "json", "version"}


def test_version_1_as_stored_still_decodes() -> None:
    """Samples of version 1, as spools hold them, decode to what they always meant, however old."""
    assert wire.decode(STORED_V1) == RECORD
    assert next(wire.members(wire.encode(RECORD), LIMIT)) == STORED_V1
    assert wire.decode(STORED_V1.replace(b'"minutes":[],', b"")) == RECORD
    assert wire.decode(STORED_MINUTE) == summary(RECORD, seq=8)
    assert next(wire.members(wire.encode(summary(RECORD, seq=8)), LIMIT)) == STORED_MINUTE


def test_a_record_cut_short_is_no_record() -> None:
    """A truncated member is an error, the whole ones before it are given first."""
    body = wire.encode(RECORD)
    found = wire.members(body + body[:-3], LIMIT)
    assert wire.decode(next(found)) == RECORD
    with pytest.raises(WireError, match="cut short"):
        next(found)


@pytest.mark.slow
def test_a_bomb_stops_at_the_limit() -> None:
    """200 MB in a small body are not inflated past the limit."""
    squeezer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(200)) + squeezer.flush()
    assert len(bomb) < 300_000
    with pytest.raises(WireError) as caught:
        next(wire.members(bomb, LIMIT))
    assert caught.value.reason == "too_large"


def test_the_limit_is_of_the_whole_body() -> None:
    """Members share the limit; a body that just fits passes."""
    body = wire.encode(RECORD) * 2
    size = 2 * len(STORED_V1)
    assert len(list(wire.members(body, size))) == 2
    with pytest.raises(WireError, match="send fewer records"):
        list(wire.members(body, size - 1))


def test_empty_members_cost_no_endless_loop() -> None:
    """Empty members are lines like others: each is given, none is a record."""
    lines = list(wire.members(gzip.compress(b"") * 3, LIMIT))
    assert lines == [b"", b"", b""]
    with pytest.raises(WireError, match="json"):
        wire.decode(lines[0])


def test_many_members_cost_no_more_than_their_bytes() -> None:
    """A body of a hundred thousand tiny members is read in time of its length, not of its square."""
    body = gzip.compress(b"", mtime=0) * 100_000
    assert sum(1 for _ in wire.members(body, LIMIT)) == 100_000


@given(records)
def test_the_first_member_tells_about_how_many_there_are(record: Record) -> None:
    """From its length; what comes after it is not read."""
    member = wire.encode(record)
    (line,) = wire.members(member, LIMIT)
    assert wire.first_member(member * 7, LIMIT) == (line, 7)
    assert wire.first_member(member + bytes(3), LIMIT) == (line, 1)
    assert reason_of(lambda: wire.first_member(b"", LIMIT)) == "gzip"


@given(st.integers(1, 3), st.integers(1, 200))
def test_members_of_any_length_are_whole(count: int, kilobytes: int) -> None:
    """Members that end before, at and after the pieces they are read in come out whole."""
    line = random.Random(kilobytes).randbytes(1000 * kilobytes)
    assert list(wire.members(gzip.compress(line, 0) * count, LIMIT)) == [line] * count


def test_another_version_names_its_record() -> None:
    """A record of another version can be answered by name: it is to be kept and sent again."""
    with pytest.raises(UnknownVersionError) as caught:
        wire.decode(b'{"v":2,"incarnation":"1-a","seq":9,"blocks":"of another shape"}')
    assert (caught.value.incarnation, caught.value.seq, caught.value.reason) == ("1-a", 9, "version")


def test_deep_nesting_is_our_error() -> None:
    """Nesting beyond any stack is a WireError."""
    deep = b'{"v":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(WireError, match=r"nested|json"):
        wire.decode(deep)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    """JSON knows no NaN and no infinity."""
    with pytest.raises(WireError, match="json"):
        wire.decode(STORED_V1.replace(b"1.5", number.encode()))


@given(headers)
def test_headers_survive_as_ascii(header: PostHeader) -> None:
    """Any header is plain ASCII on the way, and itself again after it."""
    value = wire.encode_header(header)
    assert value.isascii()
    assert value.isprintable()
    assert wire.decode_header(value) == header


def test_names_beyond_sixteen_bits_survive_the_header() -> None:
    """A host named with an emoji travels as two escapes."""
    header = PostHeader(host="h", now_ms=1, incarnation="i", period_ms=1, name="😀é")
    assert "\\ud83d\\ude00\\u00e9" in wire.encode_header(header)
    assert wire.decode_header(wire.encode_header(header)) == header


@given(st.text(st.characters(), max_size=100))
def test_arbitrary_headers_give_a_header_or_our_error(value: str) -> None:
    """No text, lone surrogates included, makes the decoder of the header raise anything but WireError."""
    assert reason_of(lambda: wire.decode_header(value)) in {"", "header"}


@given(whole, st.lists(outcomes, max_size=4))
def test_answers_survive(now_ms: int, sent: list[Outcome]) -> None:
    """An answer gives the same outcomes in the same order."""
    answer = wire.decode_answer(wire.encode_answer(now_ms, sent))
    assert (answer.now_ms, answer.outcomes) == (now_ms, sent)


@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_answers_settle_nothing(body: bytes) -> None:
    """A page that is no answer of ours is a WireError, so it settles nothing."""
    with pytest.raises(WireError, match="answer"):
        wire.decode_answer(body)
