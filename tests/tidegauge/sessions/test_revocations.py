"""Which sessions are void."""

from __future__ import annotations

from tests.clocks import HandClock
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions import identity
from tidegauge.sessions.identity import Session
from tidegauge.sessions.memory import Memory
from tidegauge.sessions.revocations import COLLECTION, KEPT_MS, Revocations


class Node:
    """Revocations of one node, read when told."""

    def __init__(self, documents: Switch, clock: HandClock) -> None:
        self.clock = clock
        self.revocations = Revocations(documents, clock)
        self._memory = Memory(documents)
        self._memory.follow(COLLECTION, self.revocations.take)
        self.read()

    def read(self) -> bool:
        """Read the store."""
        return self._memory.refresh()

    def login(self, user: str = "ann") -> Session:
        """A session that begins now."""
        return identity.begin(user, "viewer", self.revocations.generation(user), self.clock.wall_ms())


def test_a_session_is_void_here_at_once_and_elsewhere_after_a_reading(documents: Switch, clock: HandClock) -> None:
    """The user's others go on."""
    one, other = Node(documents, clock), Node(documents, clock)
    gone, kept = one.login(), one.login()
    assert one.revocations.end_session(identity.hashed(gone.id))
    assert one.revocations.is_revoked(gone)
    assert not other.revocations.is_revoked(gone)
    other.read()
    assert other.revocations.is_revoked(gone)
    assert not one.revocations.is_revoked(kept)
    assert not other.revocations.is_revoked(kept)


def test_all_sessions_of_a_user_end_whatever_clocks_say(documents: Switch, clock: HandClock) -> None:
    """Those that begin after it stand, on a node an hour behind too, and end with the next time."""
    one, behind = Node(documents, clock), Node(documents, HandClock(clock.wall_ms() - 3_600_000))
    before, of_another = [one.login(), behind.login()], one.login("bob")
    one.revocations.end_user("ann")
    after = [one.login(), behind.login()]
    one.read()
    behind.read()
    for node in (one, behind):
        assert [node.revocations.is_revoked(session) for session in (*before, *after, of_another)] == [True] * 2 + [
            False
        ] * 3
    behind.revocations.end_user("ann")
    one.read()
    assert all(one.revocations.is_revoked(session) for session in after)


def test_with_the_store_down_it_counts_here_and_is_written_later(documents: Switch, clock: HandClock) -> None:
    """What was known last holds meanwhile."""
    one, other = Node(documents, clock), Node(documents, clock)
    session, everywhere = one.login(), one.login("bob")
    documents.down = True
    assert not one.revocations.end_session(identity.hashed(session.id))
    assert not one.revocations.end_user("bob")
    assert one.revocations.is_revoked(session)
    assert one.revocations.is_revoked(everywhere)
    assert not one.read()
    documents.down = False
    one.read()
    other.read()
    assert other.revocations.is_revoked(session)
    assert other.revocations.is_revoked(everywhere)


def test_revocations_outlive_every_cookie_and_then_go(documents: Switch, clock: HandClock) -> None:
    """From the store too; later ones are greater than all that were."""
    node = Node(documents, clock)
    session = node.login()
    node.revocations.end_session(identity.hashed(session.id))
    node.revocations.end_user("ann")
    after = node.login()
    clock.advance(KEPT_MS)
    node.read()
    assert len(documents.list(COLLECTION)) == 2
    assert node.revocations.is_revoked(session)
    clock.advance(1)
    node.read()
    assert documents.list(COLLECTION) == []
    node.revocations.end_user("ann")
    assert node.revocations.is_revoked(after)


def test_asking_reads_memory_alone(documents: Switch, clock: HandClock) -> None:
    """However often."""
    node = Node(documents, clock)
    session = node.login()
    asked = documents.asked
    assert not any(node.revocations.is_revoked(session) for _ in range(100))
    assert documents.asked == asked


def test_a_document_that_cannot_be_read_voids_nothing(documents: Switch, clock: HandClock) -> None:
    """It goes."""
    documents.put(COLLECTION, "session:x", b"[]")
    node = Node(documents, clock)
    assert node.read()
    assert documents.list(COLLECTION) == []


def test_a_store_that_takes_nothing_keeps_nobody_from_knowing(documents: Switch, clock: HandClock) -> None:
    """A node whose own revocation waits still reads those of others; it is written once that works."""
    one, other = Node(documents, clock), Node(documents, clock)
    mine, theirs = one.login(), one.login()
    documents.full = True
    assert not one.revocations.end_session(identity.hashed(mine.id))
    documents.full = False
    other.revocations.end_session(identity.hashed(theirs.id))
    documents.full = True
    assert not one.read()
    assert one.revocations.is_revoked(theirs)
    documents.full = False
    assert one.read()
    other.read()
    assert other.revocations.is_revoked(mine)


def test_only_tokens_are_counted_as_such(documents: Switch, clock: HandClock) -> None:
    """Each for as long as it would count else."""
    node = Node(documents, clock)
    node.revocations.end_session(identity.hashed(node.login().id))
    node.revocations.end_user("ann")
    for hashed in ("a", "b"):
        node.revocations.end_token(hashed, clock.wall_ms() + 10 * KEPT_MS)
    assert node.revocations.tokens() == 2
    clock.advance(11 * KEPT_MS + 1)
    node.read()
    assert node.revocations.tokens() == 0
