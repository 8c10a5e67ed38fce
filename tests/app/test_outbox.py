"""What waits for one browser."""

from app.outbox import Outbox


def test_messages_come_out_in_order_at_once() -> None:
    """`take` gives all that waits, in order."""
    outbox = Outbox()
    outbox.put("a")
    outbox.put("b")
    assert outbox.take() == ["a", "b"]
    assert outbox.take() == []


def test_long_messages_count_by_their_length() -> None:
    """One may be as long as it is, beside others the length is bounded."""
    outbox = Outbox(length=10)
    outbox.put("x" * 99)
    assert outbox.take() == ["x" * 99]
    outbox.put("x" * 6)
    outbox.put("x" * 4)
    assert not outbox.closed
    outbox.put("x")
    assert outbox.closed
    assert outbox.overflowed


def test_a_browser_that_reads_nothing_is_given_up() -> None:
    """Past its depth an outbox closes and takes no more: the browser comes again for everything."""
    outbox = Outbox(depth=2)
    for text in ("a", "b", "c", "d"):
        outbox.put(text)
    assert outbox.closed
    assert outbox.take() == ["a", "b"]


def test_a_browser_that_may_stay_no_longer_is_told_why() -> None:
    """The outbox is closed then, and keeps the sentence for who says farewell."""
    outbox = Outbox()
    outbox.end("signed out")
    assert (outbox.closed, outbox.ended, outbox.overflowed) == (True, "signed out", False)
