"""What a person set."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.programs import eventually
from tests.tidegauge.sessions.conftest import Switch
from tidegauge.sessions import preferences
from tidegauge.sessions.preferences import Change, Kept, Preferences, PreferencesError
from tidegauge.storage.base import StoreError, StoreUnavailableError

PINS = st.lists(st.sampled_from("abcdef"), max_size=4).map(tuple)
CHANGES = st.builds(Change, theme=st.sampled_from([None, "dark", "light"]), pin=PINS, unpin=PINS)


@pytest.fixture
def kept(documents: Switch) -> Preferences:
    return Preferences(documents)


class Slow:
    """Documents whose writes wait for each other's readers, as on a far store; writes: how many there were."""

    def __init__(self, documents: Switch) -> None:
        self.documents = documents
        self.writes = 0
        self.asked = threading.Event()
        self.go = threading.Event()

    def put(self, *given: object) -> int:
        """Wait, then write."""
        self.writes += 1
        self.asked.set()
        assert self.go.wait(10)
        return int(self.documents.put(*given))

    def __getattr__(self, name: str) -> object:
        return getattr(self.documents, name)


def test_a_change_is_kept_and_another_node_reads_it(kept: Preferences, documents: Switch) -> None:
    """What one node wrote another has after its next reading."""
    other = Preferences(documents)
    assert (kept.of("ann"), other.of("ann")) == (None, None)
    made = kept.change("ann", Change(theme="dark", pin=("db-2", "web-1"), last="/hosts/db-2?from=now-1h"))
    assert made == Kept("dark", ("db-2", "web-1"), "/hosts/db-2?from=now-1h", 1) == kept.of("ann")
    other.take(documents.list(preferences.COLLECTION))
    assert other.of("ann") == made
    assert other.of("bob") == Kept()


def test_each_person_has_their_own(kept: Preferences, documents: Switch) -> None:
    """Also the local admin, whose name is empty."""
    kept.change("ann", Change(pin=("a",)))
    kept.change("", Change(pin=("b",)))
    kept.take(documents.list(preferences.COLLECTION))
    assert [kept.of(name) for name in ("ann", "", "bob")] == [
        Kept(pins=("a",), count=1),
        Kept(pins=("b",), count=1),
        Kept(),
    ]


@pytest.mark.parametrize(
    ("change", "pins"),
    [
        (Change(pin=("d", "a", "d")), ("a", "b", "c", "d")),
        (Change(unpin=("b", "z")), ("a", "c")),
        (Change(pin=("a",), unpin=("a",)), ("b", "c", "a")),
        (Change(), ("a", "b", "c")),
    ],
)
def test_pins_keep_their_order(change: Change, pins: tuple[str, ...]) -> None:
    """New ones come last; one that is unpinned and pinned goes to the end."""
    assert preferences.changed(Kept(pins=("a", "b", "c")), change).pins == pins


@given(CHANGES, CHANGES)
def test_two_changes_of_other_things_both_count_in_any_order(one: Change, other: Change) -> None:
    """Whoever writes first: what only one of them names is as that one wants it."""
    for first, then in ((one, other), (other, one)):
        after = preferences.changed(preferences.changed(Kept(pins=("a", "b")), first), then)
        named = {*other.pin, *other.unpin}
        assert {*one.pin} - named <= {*after.pins}
        assert not ({*one.unpin} - {*one.pin} - named) & {*after.pins}
        if one.theme and not other.theme:
            assert after.theme == one.theme


def test_no_more_than_a_hundred_are_pinned(kept: Preferences) -> None:
    """The rest of what is kept stays as it was."""
    kept.change("ann", Change(pin=tuple(f"h{n}" for n in range(100))))
    with pytest.raises(PreferencesError, match="100 hosts can be pinned; unpin one first"):
        kept.change("ann", Change(pin=("one-more",)))
    assert len(kept.change("ann", Change(pin=("one-more",), unpin=("h0",))).pins) == 100


def test_what_changes_nothing_is_not_written(kept: Preferences, documents: Switch) -> None:
    """The version of the document stays."""
    kept.change("ann", Change(theme="dark"))
    before = documents.get(preferences.COLLECTION, "ann")
    assert kept.change("ann", Change(theme="dark", unpin=("x",))).count == 1
    assert documents.get(preferences.COLLECTION, "ann") == before


@contextmanager
def changing(kept: Preferences, *changes: Change) -> Iterator[list[Kept | Exception]]:
    """Changes of one person made at once; what each got, in the end."""
    found: list[Kept | Exception] = []

    def work(change: Change) -> None:
        try:
            found.append(kept.change("ann", change))
        except (StoreError, PreferencesError) as error:
            found.append(error)

    threads = [threading.Thread(target=work, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    yield found
    for thread in threads:
        thread.join(10)


def test_changes_that_come_together_are_written_together(documents: Switch) -> None:
    """While one write is under way the others gather; each is answered with what is kept."""
    slow = Slow(documents)
    kept = Preferences(slow)  # type: ignore[arg-type]
    with changing(kept, Change(theme="dark")) as first:
        assert slow.asked.wait(10)
        with changing(kept, *(Change(pin=(f"h{n}",)) for n in range(20))) as others:
            lane = kept._lanes[hash("ann") % preferences.LANES]
            eventually(lambda: len(lane.waiting) == 20, what="the others")
            slow.go.set()
    assert slow.writes == 2
    assert len(first) == 1
    assert {len(one.pins) for one in others if isinstance(one, Kept)} == {20}
    assert kept.of("ann") == others[0]


def test_one_bad_change_spoils_no_other(documents: Switch) -> None:
    """Of changes that are written together the one that cannot be made is refused alone."""
    slow = Slow(documents)
    kept = Preferences(slow)  # type: ignore[arg-type]
    full = Change(pin=tuple(f"h{n}" for n in range(100)))
    with changing(kept, full) as first:
        assert slow.asked.wait(10)
        with changing(kept, Change(pin=("x",)), Change(theme="dark")) as others:
            lane = kept._lanes[hash("ann") % preferences.LANES]
            eventually(lambda: len(lane.waiting) == 2, what="the others")
            slow.go.set()
    assert len(first) == 1
    assert sorted(type(one).__name__ for one in others) == ["Kept", "PreferencesError"]
    assert kept.of("ann") == Kept("dark", full.pin, count=2)


def test_two_nodes_that_write_at_once_keep_both_changes(documents: Switch) -> None:
    """Each tries again over what the other wrote."""
    nodes = [Preferences(documents) for _ in range(2)]
    threads = [
        threading.Thread(
            target=lambda node=node, n=n: [node.change("ann", Change(pin=(f"{n}-{i}",))) for i in range(10)]
        )
        for n, node in enumerate(nodes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    document = documents.get(preferences.COLLECTION, "ann")
    assert len(msgspec.json.decode(document.body, type=Kept).pins) == 20


def test_while_the_store_is_down_reads_go_on_and_changes_fail(kept: Preferences, documents: Switch) -> None:
    """What was known last stands; nothing is half kept."""
    kept.change("ann", Change(theme="dark"))
    documents.down = True
    with pytest.raises(StoreUnavailableError):
        kept.change("ann", Change(theme="light"))
    assert kept.of("ann") == Kept("dark", count=1)
    documents.down = False
    assert kept.change("ann", Change(pin=("a",))).theme == "dark"


def test_who_watches_is_told_at_once_and_of_each_change(kept: Preferences, documents: Switch) -> None:
    """Also of one that another node made, of the first reading, and of nobody else's; once left, of nothing."""
    told: list[Kept | None] = []
    kept.watch("ann", told.append)
    kept.take([])
    other = Preferences(documents)
    other.change("ann", Change(theme="dark"))
    other.change("bob", Change(theme="light"))
    kept.take(documents.list(preferences.COLLECTION))
    kept.take(documents.list(preferences.COLLECTION))
    kept.change("ann", Change(pin=("a",)))
    kept.leave("ann", told.append)
    assert [one and one.count for one in told] == [None, 0, 1, 2]


def test_a_reading_that_is_older_than_a_write_changes_nothing(kept: Preferences, documents: Switch) -> None:
    """The version says which is newer."""
    kept.change("ann", Change(theme="dark"))
    before = documents.list(preferences.COLLECTION)
    kept.change("ann", Change(theme="light"))
    kept.take(before)
    assert kept.of("ann") == Kept("light", count=2)


def test_what_the_store_no_longer_has_is_forgotten(kept: Preferences, documents: Switch) -> None:
    """Once two readings lack it: one may have begun before it was written."""
    kept.change("ann", Change(theme="dark"))
    kept.take([])
    assert kept.of("ann") == Kept("dark", count=1)
    kept.take(documents.list(preferences.COLLECTION))
    documents.delete(preferences.COLLECTION, "ann")
    told: list[Kept | None] = []
    kept.watch("ann", told.append)
    for _ in range(2):
        kept.take(documents.list(preferences.COLLECTION))
    assert told == [Kept("dark", count=1), Kept()]
    assert kept.change("ann", Change(theme="light")) == Kept("light", count=1) == kept.of("ann")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"theme":"pink"}', b"\xff", b'{"pins":' + b"[" * 9_999])
def test_a_document_that_cannot_be_read_is_nothing(
    kept: Preferences, documents: Switch, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    """One line says so, and the next change replaces it."""
    documents.put(preferences.COLLECTION, "ann", body)
    with caplog.at_level(logging.WARNING):
        kept.take(documents.list(preferences.COLLECTION))
    assert "preferences_unreadable id='ann'" in caplog.text
    assert kept.of("ann") == Kept()
    assert kept.change("ann", Change(theme="dark")) == Kept("dark", count=1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"theme":"pink"}',
        b'{"colour":"red"}',
        b'{"person":"bob","theme":"dark"}',
        b'{"pin":"a"}',
        b'{"pin":[1]}',
        b'{"pin":[""]}',
        b'{"pin":["a b"]}',
        b'{"pin":["a\\n"]}',
        b'{"last":"hosts"}',
        b'{"last":"//evil.example/"}',
        b'{"last":"/\\\\evil.example/"}',
        b'{"last":"https://evil.example/"}',
        b'{"last":"/\\nx"}',
        b'{"last":"/' + b"x" * 1_000 + b'"}',
        b'{"pin":[' + b",".join(b'"h%d"' % n for n in range(10_000)) + b"]}",
        b" " * (preferences.MOST_BYTES + 1),
        b'{"pin":' + b"[" * 9_999,
    ],
)
def test_what_is_no_change_is_refused(body: bytes) -> None:
    """With a sentence: unknown keys, wrong types, another site's URL, far too much."""
    with pytest.raises(PreferencesError, match=r"\w+"):
        preferences.decode(body)


@given(st.binary(max_size=200))
def test_decode_takes_any_bytes(body: bytes) -> None:
    """A change or our one error, whatever the bytes are."""
    with suppress(PreferencesError):
        assert isinstance(preferences.decode(body), Change)


@given(CHANGES)
def test_a_change_reads_as_it_was_written(change: Change) -> None:
    """A round trip."""
    assert preferences.decode(msgspec.json.encode(change)) == change


def test_the_greatest_document_can_be_sent() -> None:
    """A hundred of the longest ids and the longest URL are within what a change may have."""
    change = Change("system", tuple(f"{n:03}".ljust(200, "x") for n in range(100)), (), "/".ljust(1_000, "x"))
    assert preferences.decode(msgspec.json.encode(change)) == change
