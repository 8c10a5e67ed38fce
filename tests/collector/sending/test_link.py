"""How the way to the server is."""

from __future__ import annotations

import logging

import pytest

from collector.sending.link import Link, LinkState


def test_answers() -> None:
    """An answer is noted with its time."""
    link = Link(["http://a"])
    link.answered(5, "")
    assert link.state() == LinkState("http://a", 5, None, "", None)


def test_failure_lasts_until_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    """Failing since the first failure; the same one is logged once, and its end once."""
    link = Link(["http://a"])
    with caplog.at_level(logging.INFO):
        for now_ms in (1, 2, 3):
            link.failed("http://a", now_ms, "refused", None)
        assert link.state() == LinkState("http://a", None, 1, "refused", None)
        link.answered(4, "")
    assert link.state() == LinkState("http://a", 4, None, "", None)
    assert [entry.message.split()[0] for entry in caplog.records] == ["send_failed", "send_recovered"]


def test_an_answer_that_keeps_records_is_a_failure_too() -> None:
    """ "retry" is answered, but the link still fails."""
    link = Link(["http://a"])
    link.answered(7, "retry: store down")
    assert link.state() == LinkState("http://a", 7, 7, "retry: store down", None)


@pytest.mark.parametrize("status", [401, 403])
def test_authentication(status: int) -> None:
    """Since when a token is not taken, until an answer comes."""
    link = Link(["http://a"])
    link.failed("http://a", 1, f"HTTP {status}", status)
    link.failed("http://a", 2, f"HTTP {status}", status)
    assert link.state().auth_failed_since_ms == 1
    link.answered(3, "")
    assert link.state().auth_failed_since_ms is None


def test_urls_in_turn() -> None:
    """A failure goes on to the next URL, unless another request already did."""
    link = Link(["http://a", "http://b"])
    link.failed("http://a", 1, "refused", None)
    link.failed("http://a", 1, "refused", None)
    assert link.url == "http://b"
    link.failed("http://b", 2, "refused", None)
    assert link.url == "http://a"
