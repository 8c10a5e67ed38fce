"""People and their sessions on a node."""

from __future__ import annotations

import pytest

from tests.clocks import HandClock
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions import identity
from tidegauge.sessions.identity import IDLE_MS
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.people import LoginError, People
from tidegauge.sessions.signing import SESSION, Signer
from tidegauge.storage.base import Document


@pytest.fixture
def people(documents: Switch, clock: HandClock) -> People:
    """Nobody has an account."""
    made = People(documents, Signer("k" * 32), clock, Memory(documents))
    made.memory.refresh()
    return made


def test_a_cookie_is_a_session_until_it_is_void_or_over(people: People, clock: HandClock, documents: Switch) -> None:
    """Forged ones are none; the store is not asked."""
    session = identity.begin("ann", "editor", 0, clock.wall_ms())
    cookie = people.signer.sign(SESSION, session)
    asked = documents.asked
    assert people.session(cookie) == session
    assert people.session(cookie[:-2]) is people.session("") is None
    assert people.session(people.signer.sign("other", session)) is None
    assert documents.asked == asked
    clock.advance(IDLE_MS + 1)
    assert people.session(cookie) is None
    fresh = identity.begin("ann", "editor", 0, clock.wall_ms())
    people.revocations.end_session(identity.hashed(fresh.id))
    assert people.session(people.signer.sign(SESSION, fresh)) is None


@pytest.mark.parametrize("name", ["", "Ann", "a/b", "x" * 1_000_000, "é"])
def test_what_is_no_name_costs_nothing(people: People, documents: Switch, name: str) -> None:
    """Neither the store nor memory nor a hash, however long it is and however often it comes."""
    asked = documents.asked
    for _ in range(50):
        with pytest.raises(LoginError) as refused:
            people.login(name, "secret", "192.0.2.1")
        assert refused.value.keyword == "password"
    assert documents.asked == asked


def test_before_the_store_was_read_who_is_local_may_stay(clock: HandClock, documents: Switch) -> None:
    """Until it says that there are accounts; nobody else may."""
    made = People(documents, Signer("k" * 32), clock, Memory(documents))
    assert made.needs_none(local=True)
    assert not made.needs_none(local=False)
    made.accounts.take([Document("ann", 1, b"{}")])
    assert not made.needs_none(local=True)
