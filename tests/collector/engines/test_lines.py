"""The lines of a stream."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.engines.lines import LONGEST, Lines
from collector.engines.told import EngineError

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n"


@given(
    lines=st.lists(st.binary(min_size=1, max_size=20).filter(lambda b: b.strip() == b and b"\n" not in b)),
    n=st.integers(1, 9),
)
def test_however_it_is_cut(lines: list[bytes], n: int) -> None:
    """The same lines, in pieces of any size."""
    data, stream = HEAD + b"".join(line + b"\n" for line in lines), Lines()
    found = [line for at in range(0, len(data), n) for line in stream.feed(data[at : at + n])]
    assert found == lines


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_another_answer(status: int) -> None:
    """What is not 200 is an error; two of them say that rights are missing."""
    with pytest.raises(EngineError) as caught:
        Lines().feed(b"HTTP/1.1 %d No\r\n\r\n" % status)
    assert caught.value.denied == (status in (401, 403))


@pytest.mark.parametrize("data", [b"x" * (LONGEST + 1), HEAD + b"x" * (LONGEST + 1), b"SSH-2.0\r\n\r\n"])
def test_no_answer(data: bytes) -> None:
    """What has no end, or speaks no HTTP, is an error."""
    with pytest.raises(EngineError):
        Lines().feed(data)


@given(data=st.binary())
def test_any_bytes(data: bytes) -> None:
    """Lines, or an error of ours."""
    with suppress(EngineError):
        Lines().feed(data)
