"""Items of a spool."""

from __future__ import annotations

from collector.spool import Item


def test_key() -> None:
    """Incarnation and sequence name a record."""
    assert Item("i", 7, 0, 0, b"").key == ("i", 7)
