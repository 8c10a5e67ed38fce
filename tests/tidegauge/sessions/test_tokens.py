"""Tokens of collectors."""

from __future__ import annotations

import timeit
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clocks import HandClock
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions import identity, revocations, tokens
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.revocations import Revocations
from tidegauge.sessions.signing import MAX_TEXT, SESSION, SignatureError, Signer, new_key
from tidegauge.sessions.tokens import COLLECTOR, NEVER_MS, Note, TokenError, Tokens
from tidegauge.storage.base import Documents

KEY = new_key()


class Node:
    """What one node makes of tokens."""

    def __init__(self, documents: Switch, clock: HandClock, key: str = KEY) -> None:
        self.signer = Signer(key)
        self.revocations = Revocations(documents, clock)
        self.tokens = Tokens(self.signer, self.revocations, clock)
        self.memory = Memory(documents)
        self.memory.follow(revocations.COLLECTION, self.revocations.take)


def refusal(node: Node, text: str) -> str:
    """Why a node refuses a text."""
    with pytest.raises(TokenError) as caught:
        node.tokens.host(text)
    return str(caught.value)


def test_a_token_is_of_its_host_on_every_node_with_the_key(documents: Switch, clock: HandClock) -> None:
    """The store is not asked, and two tokens of a host are two."""
    one, other, strange = (Node(documents, clock, key) for key in (KEY, KEY, new_key()))
    first, second = (one.signer.sign(COLLECTOR, tokens.begin("web-1", clock.wall_ms())) for _ in range(2))
    assert first != second
    documents.down, documents.asked = True, 0
    assert [node.tokens.host(text) for node in (one, other) for text in (first, second, first)] == ["web-1"] * 6
    assert "was signed with this node's TIDEGAUGE_SECRET_KEY" in refusal(strange, first)
    assert documents.asked == 0


def test_a_token_ends_with_its_days(documents: Switch, clock: HandClock) -> None:
    """To the millisecond, also where it is known again by its text."""
    node = Node(documents, clock)
    text = node.signer.sign(COLLECTOR, tokens.begin("h1", clock.wall_ms(), 30))
    clock.advance(30 * identity.DAY_MS - 1)
    assert node.tokens.host(text) == "h1"
    clock.advance(1)
    assert "this token of h1 ended" in refusal(node, text)


def test_a_revoked_token_is_refused_after_the_next_reading(documents: Switch, clock: HandClock) -> None:
    """At once where it was revoked; and for as long as the token would last, unlike a session."""
    one, other = Node(documents, clock), Node(documents, clock)
    token = tokens.begin("h1", clock.wall_ms())
    text = one.signer.sign(COLLECTOR, token)
    assert other.tokens.host(text) == "h1"
    assert one.revocations.end_token(identity.hashed(token.id), token.ends_ms)
    assert "revoked" in refusal(one, text)
    other.memory.refresh()
    assert "revoked" in refusal(other, text)
    clock.advance(10 * revocations.KEPT_MS)
    other.memory.refresh()
    fresh = Node(documents, clock)
    fresh.memory.refresh()
    assert "revoked" in refusal(other, text)
    assert "revoked" in refusal(fresh, text)


def test_the_revocation_of_a_token_goes_when_the_token_has_ended(documents: Switch, clock: HandClock) -> None:
    """The store does not fill up."""
    node = Node(documents, clock)
    token = tokens.begin("h1", clock.wall_ms(), 60)
    node.revocations.end_token(identity.hashed(token.id), token.ends_ms)
    clock.advance(60 * identity.DAY_MS)
    node.memory.refresh()
    assert len(documents.list(revocations.COLLECTION)) == 1
    clock.advance(revocations.KEPT_MS + 1)
    node.memory.refresh()
    assert documents.list(revocations.COLLECTION) == []


def test_a_cookie_is_no_token_and_a_token_no_cookie(documents: Switch, clock: HandClock) -> None:
    """Each purpose has its own signature, whatever the claims."""
    node = Node(documents, clock)
    session = identity.begin("ann", "admin", 0, clock.wall_ms())
    token = tokens.begin("h1", clock.wall_ms())
    for claims in (session, token):
        assert "no collector's token" in refusal(node, node.signer.sign(SESSION, claims))
    with pytest.raises(SignatureError):
        node.signer.read(SESSION, node.signer.sign(COLLECTOR, token), identity.Session)
    assert "no collector's token" in refusal(node, node.signer.sign(COLLECTOR, session))


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")), st.integers(0, 200))
def test_garbage_is_no_token(noise: str, place: int) -> None:
    """Nor is a good one with anything put into it, nor cut, nor of any size; nothing else is raised."""
    node = Tokens(Signer(KEY), Revocations(cast(Documents, None), HandClock()), HandClock())
    good = Signer(KEY).sign(COLLECTOR, tokens.begin("h1", 0))
    for text in (noise, good[:place] + (noise or "x") + good[place:], good[:-1], good * 40):
        with pytest.raises(TokenError):
            node.host(text)


def test_a_huge_token_costs_nothing(documents: Switch, clock: HandClock) -> None:
    """It is not even hashed."""
    node = Node(documents, clock)
    text = node.signer.sign(COLLECTOR, tokens.begin("h" * MAX_TEXT, clock.wall_ms()))
    assert "no collector's token" in refusal(node, text)


def test_few_texts_are_kept(documents: Switch, clock: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tokens are shown; all of them count."""
    monkeypatch.setattr(tokens, "KNOWN", 4)
    node = Node(documents, clock)
    texts = [node.signer.sign(COLLECTOR, tokens.begin(f"h{i}", clock.wall_ms())) for i in range(10)]
    assert [node.tokens.host(text) for text in texts * 2] == [f"h{i}" for i in range(10)] * 2
    assert len(node.tokens._known) <= 4


def test_a_post_pays_little_for_the_check(documents: Switch, clock: HandClock) -> None:
    """Under 100 µs for a token that comes again."""
    node = Node(documents, clock)
    text = node.signer.sign(COLLECTOR, tokens.begin("h1", clock.wall_ms()))
    assert min(timeit.repeat(lambda: node.tokens.host(text), number=1000, repeat=5)) / 1000 < 100e-6


def test_a_note_tells_all_but_the_token(clock: HandClock) -> None:
    """Its id is the hash; what is no note is none."""
    token = tokens.begin("h1", clock.wall_ms())
    name, body = tokens.note(token)
    assert name == identity.hashed(token.id)
    assert token.id.encode() not in body
    assert tokens.read_note(body) == Note("h1", clock.wall_ms(), NEVER_MS)
    assert [tokens.read_note(other) for other in (b"", b"[]", b"\xff", b'{"host": 1}')] == [None] * 4


def test_times_are_told_in_utc() -> None:
    """To the minute; what does not end never does."""
    assert [tokens.day(1_700_000_000_000), tokens.day(NEVER_MS)] == ["2023-11-14 22:13 UTC", "never"]
