"""What waits for one browser."""

from app.outbox import Outbox


def test_messages_come_out_in_order_at_once() -> None:
    """`take` gives all that waits, in order."""
    outbox = Outbox()
    outbox.put("a")
    outbox.put("b")
    assert outbox.take(0) == ["a", "b"]
    assert outbox.take(0) == []


def test_a_browser_that_reads_nothing_is_given_up() -> None:
    """Past its depth an outbox closes and takes no more: the browser comes again for everything."""
    outbox = Outbox(depth=2)
    for text in ("a", "b", "c", "d"):
        outbox.put(text)
    assert outbox.closed
    assert outbox.take(0) == ["a", "b"]
