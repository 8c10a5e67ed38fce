"""Sessions and the identities they give."""

from __future__ import annotations

import msgspec
import pytest

from tidegauge.sessions import identity
from tidegauge.sessions.identity import ABSOLUTE_MS, IDLE_MS, SLIDE_MS, Identity

NOW = 1_700_000_000_000


def test_each_login_is_another_session() -> None:
    """Routes see its id as a hash alone."""
    one, other = (identity.begin("ann", "viewer", 7, NOW) for _ in range(2))
    assert one.id != other.id
    seen = identity.identity(one)
    assert seen == Identity("ann", "viewer", identity.hashed(one.id), NOW)
    assert one.id not in seen.session


@pytest.mark.parametrize(("after_ms", "over"), [(0, False), (IDLE_MS, False), (IDLE_MS + 1, True), (-3_600_000, False)])
def test_an_idle_session_expires(after_ms: int, over: bool) -> None:
    """One that a node with a clock ahead began does not, nor one whose page is open, until its absolute end."""
    session = identity.begin("ann", "viewer", 0, NOW)
    assert identity.is_expired(session, NOW + after_ms) == over
    assert not identity.is_expired(session, NOW + after_ms, in_use=True)
    assert identity.is_expired(session, NOW + ABSOLUTE_MS + 1, in_use=True)


def test_use_is_noted_at_most_once_an_hour() -> None:
    """It keeps a session from being idle, and never beyond its absolute end."""
    session, now = identity.begin("ann", "viewer", 0, NOW), NOW
    assert identity.slid(session, NOW + SLIDE_MS - 1) is None
    while now <= NOW + ABSOLUTE_MS:
        assert not identity.is_expired(session, now)
        now += IDLE_MS // 2
        fresh = identity.slid(session, now)
        assert fresh == msgspec.structs.replace(session, seen_ms=now)
        session = fresh
    assert identity.is_expired(session, now)


def test_who_is_local_acts_in_the_role_that_is_given() -> None:
    """Nobody's is a machine's."""
    assert identity.local("admin") == identity.LOCAL
    assert identity.local("viewer") == identity.LOCAL._replace(role="viewer")
    assert identity.local("collector") is None
