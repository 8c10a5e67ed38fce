"""Records in a file: whole ones are found among anything, others never are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.disk import record
from collector.spool import Item

ITEMS = st.builds(
    Item,
    st.text(max_size=30),
    st.integers(0, (1 << 64) - 1),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.binary(max_size=200),
    st.integers(0, (1 << 32) - 1),
    st.booleans(),
)


def encoded(item: Item, ordinal: int = 0) -> bytes:
    """An item's record alone."""
    return record.encode(record.placed(item, ordinal, 0), item.body)


@given(st.lists(ITEMS, max_size=5))
def test_round_trip(items: list[Item]) -> None:
    """Records that stand one behind the other come back whole, with their places."""
    data = b"".join(encoded(item, ordinal) for ordinal, item in enumerate(items))
    places = list(record.scan(data))
    assert [record.item(place, data) for place in places] == items
    assert [place.ordinal for place in places] == list(range(len(items)))
    assert [place.at for place in places] == [0, *(place.end for place in places)][:-1]


@given(st.binary(max_size=300), ITEMS, st.binary(max_size=300))
def test_a_record_is_found_among_anything(before: bytes, item: Item, after: bytes) -> None:
    """Whatever stands around a record, it is found; `read` and `is_torn` take anything too."""
    data = before + encoded(item) + after
    assert item in [record.item(place, data) for place in record.scan(data)]
    assert record.read(before) is None
    assert record.is_torn(before) in (True, False)


@given(st.lists(st.sampled_from([record.MAGIC, record.MAGIC + b"\x01", b"\0" * 60, b"\xff" * 9]), max_size=40))
def test_what_looks_like_a_record_is_none(pieces: list[bytes]) -> None:
    """Beginnings of records without their CRC give nothing, and end."""
    assert list(record.scan(b"".join(pieces))) == []


@given(ITEMS, st.data())
def test_a_flipped_bit(item: Item, data: st.DataObject) -> None:
    """A record of which any bit is flipped is none."""
    spoilt = bytearray(encoded(item))
    at = data.draw(st.integers(0, len(spoilt) * 8 - 1))
    spoilt[at // 8] ^= 1 << at % 8
    assert list(record.scan(bytes(spoilt))) == []


@given(ITEMS, st.data())
def test_a_torn_end(item: Item, data: st.DataObject) -> None:
    """What an interrupted write leaves is the beginning of a record, or zeros; else it is damage."""
    whole = encoded(item)
    assert record.is_torn(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert record.is_torn(bytes(data.draw(st.integers(0, 99))))
    assert not record.is_torn(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert not record.is_torn(b"x" + whole)
