"""Envelopes: deliveries as they go over WS /api/v1/stream. Pure.

A message is one or more envelopes, one a line, each a JSON object with topic, counter, held_ms and
frame, the frame's own bytes. The first message of a stream is the frame Hello alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tidegauge.cluster.frames import Delivery, FrameError

MAX_FRAME_BYTES = 8 << 20
"""Longer frames are not sent: a reader learns by the counter that it lacks one."""
MESSAGE_BYTES = 256 << 10
"""What a message holds, unless its one envelope is longer."""
MAX_MESSAGE_BYTES = MESSAGE_BYTES + MAX_FRAME_BYTES + (64 << 10)


class _Envelope(msgspec.Struct, frozen=True):
    topic: str
    counter: int
    held_ms: int
    frame: msgspec.Raw


_decoder = msgspec.json.Decoder(_Envelope)


def encode(delivery: Delivery) -> bytes:
    """A delivery as its envelope."""
    topic, counter, held_ms, frame, _ = delivery
    return msgspec.json.encode(_Envelope(topic, counter, held_ms, msgspec.Raw(frame)))


def messages(deliveries: Iterable[Delivery]) -> Iterator[str]:
    """Deliveries as messages, in order; those whose frame is too long are left out."""
    lines: list[bytes] = []
    length = 0
    for delivery in deliveries:
        if len(delivery.frame) > MAX_FRAME_BYTES:
            continue
        line = encode(delivery)
        if lines and length + len(line) > MESSAGE_BYTES:
            yield b"\n".join(lines).decode()
            lines, length = [], 0
        lines.append(line)
        length += len(line) + 1
    if lines:
        yield b"\n".join(lines).decode()


def decode(message: bytes, node: str = "") -> list[Delivery]:
    """The deliveries of a message, which a node's link brought; their frames are not looked into. Raises FrameError,
    whatever the bytes."""
    try:
        found = map(_decoder.decode, message.split(b"\n"))
        return [Delivery(one.topic, one.counter, one.held_ms, bytes(one.frame), node) for one in found]
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise FrameError(str(error)[:300]) from error
