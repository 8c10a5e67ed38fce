"""Signed claims."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.sessions.signing import SESSION, SignatureError, Signer, new_key

SIGNER = Signer("k" * 32)


class Claims(msgspec.Struct, frozen=True):
    """What is claimed here."""

    name: str
    count: int


ONE = Claims("ünï", 3)
SIGNED = SIGNER.sign(SESSION, ONE)


def test_what_was_signed_is_read_by_every_node_with_the_key() -> None:
    """And by none with another key, for no other purpose, and not as something else."""

    class Other(msgspec.Struct):
        name: int

    assert Signer("k" * 32).read(SESSION, SIGNED, Claims) == ONE
    for signer, purpose, kind in (
        (Signer(new_key()), SESSION, Claims),
        (SIGNER, "other", Claims),
        (SIGNER, SESSION, Other),
    ):
        with pytest.raises(SignatureError):
            signer.read(purpose, SIGNED, kind)


def test_a_signed_text_may_stand_anywhere() -> None:
    """In a cookie, a header, a URL."""
    assert all(letter.isascii() and (letter.isalnum() or letter in "-_.") for letter in SIGNED)


@given(st.text() | st.integers(0, len(SIGNED) - 1).map(lambda at: SIGNED[:at] + "A" + SIGNED[at + 1 :]))
def test_read_refuses_whatever_was_not_signed(text: str) -> None:
    """A changed letter, arbitrary text: our one error, or what was signed."""
    try:
        assert SIGNER.read(SESSION, text, Claims) == ONE
        assert text == SIGNED or text[:-1] == SIGNED[:-1]
    except SignatureError:
        assert text != SIGNED


def test_keys_are_drawn_at_random() -> None:
    """Each is another, of 256 bits."""
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) == 64
