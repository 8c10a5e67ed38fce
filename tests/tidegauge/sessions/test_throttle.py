"""Waiting after wrong passwords."""

from __future__ import annotations

from tidegauge.sessions.throttle import FIRST_MS, FORGET_MS, FREE, KEPT, LONGEST_MS, Throttle


def fail(throttle: Throttle, count: int, user: str = "ann", address: str = "a") -> None:
    """Fail so often at once."""
    for _ in range(count):
        assert throttle.begin(user, address, 0.0) == 0


def test_the_wait_grows_and_ends() -> None:
    """Some attempts are free, then each wait is twice the one before, to a minute."""
    throttle, waits, now = Throttle(), [], 0.0
    fail(throttle, FREE["both"])
    for _ in range(9):
        waits.append(throttle.begin("ann", "a", now))
        now += waits[-1]
        assert throttle.begin("ann", "a", now) == 0
    assert waits[:3] == [FIRST_MS, 2 * FIRST_MS, 4 * FIRST_MS]
    assert waits[-1] == LONGEST_MS
    assert throttle.begin("ann", "a", now + FORGET_MS + 1) == 0


def test_an_attempt_while_one_waits_makes_it_no_longer() -> None:
    """It does not count."""
    throttle = Throttle()
    fail(throttle, FREE["both"])
    waits = [throttle.begin("ann", "a", ms) for ms in (0, 10, 20)]
    assert waits == [FIRST_MS, FIRST_MS - 10, FIRST_MS - 20]


def test_others_do_not_wait() -> None:
    """Another user at this address, this user at another, until either was tried very often."""
    throttle = Throttle()
    fail(throttle, FREE["both"])
    assert throttle.begin("bob", "a", 0) == throttle.begin("ann", "b", 0) == 0
    for number in range(FREE["address"]):
        throttle.begin(f"user{number}", "c", 0)
    assert throttle.begin("dan", "c", 0) > 0
    for number in range(FREE["user"]):
        throttle.begin("eve", f"address{number}", 0)
    assert throttle.begin("eve", "d", 0) > 0
    assert throttle.begin("dan", "d", 0) == 0


def test_success_begins_anew_and_what_could_not_be_tried_does_not_count() -> None:
    """Many people behind one address sign in all day."""
    throttle = Throttle()
    for number in range(3 * FREE["address"]):
        assert throttle.begin(f"user{number}", "a", 0) == 0
        throttle.succeeded(f"user{number}", "a", 0)
        assert throttle.begin("ann", "b", 0) == 0
        throttle.undo("ann", "b", 0)
    fail(throttle, FREE["both"] - 1, "bob", "c")
    throttle.succeeded("bob", "c", 0)
    assert throttle.begin("bob", "c", 0) == 0


def test_memory_is_bounded() -> None:
    """Whoever tries all names is himself not forgotten."""
    throttle = Throttle()
    for number in range(KEPT):
        throttle.begin(f"user{number}", f"address{number % 999}", 0)
    throttle.begin("ann", "a", 0)
    assert len(throttle._counts) <= KEPT
