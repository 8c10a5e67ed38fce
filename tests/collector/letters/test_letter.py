"""A dead letter as it lies on disk."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.letters import letter
from collector.letters.letter import LONGEST_TEXT, MOST_ITEMS, DeadLetter, LetterError, write_up
from collector.spool import Item
from tests.rows import INCARNATION, NOW

ITEM = Item(INCARNATION, 7, NOW, NOW + 1, b"\x1f\x8b\n\x00body", ticks=2)
LETTER = write_up(ITEM, "partial", "retention", ["h1@1: retention"], NOW + 9)


def test_round_trip() -> None:
    """A letter comes back whole, and its record as it was."""
    assert letter.decode(letter.encode(LETTER)) == LETTER
    assert LETTER.item == ITEM
    assert LETTER.about.id == f"{INCARNATION}-7"
    assert letter.key(LETTER.about.id) == ITEM.key


def test_texts_are_bounded() -> None:
    """However much a server says, a letter keeps the beginning."""
    about = write_up(ITEM, "partial", "why" * 9999, ["x" * 9999] * 9999, NOW).about
    assert (len(about.reason), len(about.items)) == (LONGEST_TEXT, MOST_ITEMS)
    assert {len(text) for text in about.items} == {LONGEST_TEXT}


def test_cut_or_changed_anywhere() -> None:
    """Of a file that is cut at any byte, or has one changed, no letter comes."""
    content = letter.encode(LETTER)
    for at in range(len(content)):
        for damaged in (content[:at], content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]):
            with pytest.raises(LetterError):
                letter.decode(damaged)


@given(st.binary())
@example(b"00000000 ")
@example(b"4ad8f3a5 {}\n")
def test_any_bytes(content: bytes) -> None:
    """Hostile bytes are a letter or our one error."""
    try:
        found = letter.decode(content)
    except LetterError:
        return
    assert isinstance(found.about, DeadLetter)


@pytest.mark.parametrize("name", ["", "x", "x-", "x-y", "x-²", f"{INCARNATION}", "../../x"])
def test_other_names(name: str) -> None:
    """A name that names no record is our error."""
    with pytest.raises(LetterError):
        letter.key(name)
