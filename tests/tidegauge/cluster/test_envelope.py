"""Envelopes: what passes over the node stream."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster import envelope
from tidegauge.cluster.envelope import MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, MESSAGE_BYTES
from tidegauge.cluster.frames import Delivery, FrameError

DELIVERIES = st.builds(
    Delivery,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.integers(0, 2**60),
    st.integers(0, 2**60),
    st.dictionaries(st.sampled_from("abc"), st.text(st.characters(exclude_categories=["Cs"]))).map(msgspec.json.encode),
    node=st.just(""),
)


def test_an_envelope_holds_the_frames_own_bytes() -> None:
    """Topic, counter and how long it was held stand beside them."""
    frame = b'{"type":"late","host":"h1"}'
    assert envelope.encode(Delivery("t", 3, 50, frame)) == b'{"topic":"t","counter":3,"held_ms":50,"frame":%s}' % frame


@given(st.lists(DELIVERIES, max_size=20))
def test_deliveries_come_out_as_they_went_in(deliveries: list[Delivery]) -> None:
    """In order, whatever topics and frames hold."""
    messages = list(envelope.messages(deliveries))
    assert [one for message in messages for one in envelope.decode(message.encode())] == deliveries


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_break_the_decoder(message: bytes) -> None:
    """Deliveries or FrameError."""
    try:
        envelope.decode(message)
    except FrameError:
        return


@pytest.mark.parametrize("message", [b"", b"{}", b"[1]", b"[" * 100_000, b'{"topic":1}', b"\xff"])
def test_garbage_is_a_frame_error(message: bytes) -> None:
    """With what is wrong."""
    with pytest.raises(FrameError):
        envelope.decode(message)


def test_messages_are_of_bounded_length() -> None:
    """Many deliveries share one, a long one has its own, one that is too long is left out."""
    small = [Delivery("t", n, 0, b'"%s"' % (b"x" * 1_000)) for n in range(1_000)]
    messages = list(envelope.messages(small))
    assert max(map(len, messages)) <= MESSAGE_BYTES
    assert len(messages) < 10
    long, too_long = Delivery("t", 1, 0, b'"%s"' % (b"x" * (MAX_FRAME_BYTES - 2))), b'"%s"' % (b"x" * MAX_FRAME_BYTES)
    messages = list(envelope.messages([small[0], long, Delivery("t", 2, 0, too_long), small[1]]))
    assert [len(envelope.decode(message.encode())) for message in messages] == [1, 1, 1]
    assert max(map(len, messages)) <= MAX_MESSAGE_BYTES
