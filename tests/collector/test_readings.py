"""Names that every server takes."""

from __future__ import annotations

import pytest

from collector.readings import LONGEST_NAME, printable


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"/srv/data", "/srv/data"),
        ("/srv/größe".encode(), "/srv/größe"),
        (b"a\nb\x7f", "a\ufffdb\ufffd"),
        (b"\xff", "\ufffd"),
        (b"x" * 1000, "x" * LONGEST_NAME),
    ],
)
def test_printable(name: bytes, expected: str) -> None:
    """Control characters and bytes that are no text are replaced, and long names cut."""
    assert printable(name) == expected
