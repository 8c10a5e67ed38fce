"""Work for later."""

from __future__ import annotations

from app.later import Later


def test_work_is_done_when_it_is_due_and_once() -> None:
    """In the order it was added; work may add work."""
    later, done = Later(), list[str]()
    later.add(20, lambda: done.append("second"))
    later.add(10, lambda: (done.append("first"), later.add(10, lambda: done.append("third")))[0])
    later.run(9)
    assert done == []
    later.run(20)
    assert done == ["second", "first"]
    later.run(20)
    later.run(99)
    assert done == ["second", "first", "third"]
