"""Passwords."""

from __future__ import annotations

import threading

import pytest
from argon2 import extract_parameters

from tests.e2e.programs import eventually
from tidegauge.sessions.passwords import AT_ONCE, NOBODYS, WAITING, BusyError, Passwords

ONE = Passwords()
STORED = ONE.hash("correct horse")


def test_only_the_right_password_fits() -> None:
    """Whatever is tried, and whatever is stored."""
    assert ONE.fits(STORED, "correct horse")
    for wrong in ("", "Correct horse", "correct horse ", "\0", "\ud800", "x" * 100_000):
        assert not ONE.fits(STORED, wrong)
    for stored in ("", "plain", "$argon2id$v=19$m=8,t=1,p=1$x$y"):
        assert not ONE.fits(stored, "plain")
    assert ONE.hash("correct horse") != STORED


def test_nobodys_password_takes_the_same_work() -> None:
    """And fits nothing."""
    assert extract_parameters(NOBODYS) == extract_parameters(STORED)
    assert not ONE.fits(None, "correct horse")


def test_more_than_a_few_are_told_to_come_again() -> None:
    """So that who signs in holds no thread that others need; as many as may wait are served."""
    crowded = Passwords()
    for _ in range(WAITING):
        crowded.waiting.acquire()
    with pytest.raises(BusyError):
        crowded.fits(None, "x")
    crowded.waiting.release()
    assert crowded.fits(STORED, "correct horse")


def test_two_are_hashed_at_once() -> None:
    """A third waits until one is done: memory is bounded."""
    busy, done = Passwords(), threading.Event()
    for _ in range(AT_ONCE):
        busy.hashing.acquire()
    third = threading.Thread(target=lambda: busy.fits(None, "x") or done.set())
    third.start()
    eventually(third.is_alive)
    assert not done.is_set()
    busy.hashing.release()
    third.join(10)
    assert done.is_set()
