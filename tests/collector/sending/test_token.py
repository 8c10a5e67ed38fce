"""The token that a collector shows."""

from __future__ import annotations

import logging

import pytest

from collector.sending.token import REREAD_MS, Token
from tests.clocks import HandClock
from tidegauge.settings import SettingsError


class File:
    """What a token is read from."""

    def __init__(self) -> None:
        self.text: str | None = "old"
        self.reads = 0

    def read(self) -> str:
        """The token; None stands for a file that cannot be read."""
        self.reads += 1
        if self.text is None:
            raise SettingsError("gone")
        return self.text


@pytest.fixture
def clock() -> HandClock:
    """A clock turned by hand."""
    return HandClock()


@pytest.fixture
def file() -> File:
    """What the token is read from."""
    return File()


@pytest.fixture
def token(file: File, clock: HandClock) -> Token:
    """A token that was read a moment ago."""
    return Token("old", file.read, clock)


def test_it_is_read_again_every_half_minute(token: Token, file: File, clock: HandClock) -> None:
    """Not at every call."""
    file.text = "new"
    assert (token(), file.reads) == ("old", 0)
    clock.advance(REREAD_MS)
    assert [token() for _ in range(3)] == ["new"] * 3
    assert file.reads == 1
    clock.advance(REREAD_MS)
    assert (token(), file.reads) == ("new", 2)


def test_it_is_read_at_once_when_it_is_told(token: Token, file: File) -> None:
    """A signal makes the next call read it."""
    file.text = "new"
    token.expire()
    assert (token(), token(), file.reads) == ("new", "new", 1)


@pytest.mark.parametrize("text", [None, "", "a b", "a\nb", "ä"])
def test_what_is_no_token_changes_nothing(
    token: Token, file: File, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    """While a file is being replaced the last token stays; that is said once, and never what is in the file."""
    file.text = text
    for _ in range(3):
        token.expire()
        assert token() == "old"
    (entry,) = caplog.records
    assert entry.message.startswith("token_kept reason=")
    file.text = "new"
    token.expire()
    assert token() == "new"


def test_a_token_is_never_logged(token: Token, file: File, caplog: pytest.LogCaptureFixture) -> None:
    """That it changed is."""
    file.text = "s3cret"
    token.expire()
    with caplog.at_level(logging.INFO):
        assert token() == "s3cret"
    assert caplog.messages == ["token_changed"]
