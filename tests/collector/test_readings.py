"""Names that every server takes."""

from __future__ import annotations

import pytest

from collector.readings import LONGEST_NAME, Roots, printable, roots


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


def test_this_machine_is_read_where_it_is() -> None:
    """Its network is that of the reading process."""
    assert roots("") == Roots()
    assert (Roots().process, Roots().net) == ("/proc/self", "/proc/net")


def test_a_host_seen_from_a_container_is_read_below_a_folder() -> None:
    """Its network is that of its first process, as the reader's own is the container's."""
    seen = roots("/host")
    assert (seen.proc, seen.sys, seen.root, seen.foreign) == ("/host/proc", "/host/sys", "/host", True)
    assert (seen.process, seen.net) == ("/host/proc/1", "/host/proc/1/net")
