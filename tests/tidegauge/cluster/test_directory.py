"""The directory: which ingest nodes there are, by their counters alone."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegauge.cluster import directory
from tidegauge.cluster.directory import DEAD_MS, FORGET_MS, MOST, Directory, DocumentError, NodeDocument


def node(counter: int, name: str = "a", url: str = "http://a", life: str = "1", kind: str = "ingest") -> NodeDocument:
    return NodeDocument(name, url, "1.0", counter, kind, life)


def read(known: Directory, now_ms: float, *documents: NodeDocument) -> Directory:
    return known.after_reading([(one.name, one) for one in documents], now_ms)


def watched(known: Directory, begin_ms: float, end_ms: float, *documents: NodeDocument) -> Directory:
    """The same documents, read every two seconds from one time to another."""
    while begin_ms < end_ms:
        known = read(known, begin_ms, *documents)
        begin_ms += 2_000
    return read(known, end_ms, *documents)


def urls(known: Directory, now_ms: float) -> list[str]:
    return [one.url for one in known.nodes(now_ms)]


def alive(known: Directory, now_ms: float) -> list[str]:
    return [one.url for one in known.alive(now_ms)]


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_document_or_our_error(body: bytes) -> None:
    """Decoding never raises anything but DocumentError."""
    try:
        directory.decode_document(body)
    except DocumentError:
        return


@given(st.text(max_size=50))
def test_what_may_be_linked_to_is_a_url(text: str) -> None:
    """No text makes the look at it fail, and what is taken begins as a URL does."""
    assert directory.is_url(text) in (False, text.startswith(("http://", "https://", "HTTP")))


@pytest.mark.parametrize("url", ["", "ftp://a", "http://", "http://[a", "http://a:99999", "http://" + "a" * 300])
def test_a_document_of_another_url_is_none(url: str) -> None:
    """A node is reached over HTTP at a host, or not at all."""
    with pytest.raises(DocumentError):
        directory.decode_document(msgspec.json.encode(node(1, url=url)))


def test_a_node_is_alive_while_its_counter_moves() -> None:
    """It stands for six seconds as the reader watches: dead; it moves: alive again; what it says the time is
    does not matter."""
    known = watched(Directory(), 0, DEAD_MS - 1, node(7))
    assert alive(known, DEAD_MS - 1) == ["http://a"]
    known = watched(known, DEAD_MS, 2 * DEAD_MS - 1, node(8))
    assert alive(known, 2 * DEAD_MS - 1) == ["http://a"]
    known = read(known, 2 * DEAD_MS, node(8))
    assert (alive(known, 2 * DEAD_MS), urls(known, 2 * DEAD_MS)) == ([], ["http://a"])
    assert alive(read(known, 2 * DEAD_MS, node(9)), 2 * DEAD_MS) == ["http://a"]


def test_nobody_dies_while_a_reading_takes_long() -> None:
    """A store that hangs keeps nodes from writing as it keeps the reader from reading. The watch begins anew then, as
    after a time in which the reader stood still."""
    known = watched(Directory(), 0, DEAD_MS - 1, node(7))
    hangs_ms = 10 * DEAD_MS
    assert alive(known, hangs_ms) == ["http://a"]
    known = watched(known, hangs_ms, hangs_ms + DEAD_MS - 1, node(7))
    assert alive(known, hangs_ms + DEAD_MS) == ["http://a"]
    assert alive(read(known, hangs_ms + DEAD_MS, node(7)), hangs_ms + DEAD_MS) == []


def test_a_node_that_began_anew_is_alive() -> None:
    """Its counter is what it was, its life another."""
    known = read(read(Directory(), 0, node(1)), 3_000, node(1, life="2"))
    assert alive(known, DEAD_MS) == ["http://a"]


def test_who_is_dead_for_long_is_forgotten() -> None:
    """Its document that is still there does not bring it back."""
    known = watched(Directory(), 0, FORGET_MS, node(1))
    assert urls(known, FORGET_MS) == ["http://a"]
    known = read(known, FORGET_MS + 1, node(1))
    assert (urls(known, FORGET_MS + 1), known.standing(FORGET_MS)) == ([], ["a"])
    assert urls(read(known, FORGET_MS + 2, node(2)), FORGET_MS + 2) == ["http://a"]


def test_a_node_without_its_document_is_gone_at_once() -> None:
    """So is the URL that it does not name any more."""
    known = read(Directory(), 0, node(1), node(1, "b", "http://b"))
    known = read(known, 1_000, node(2, url="http://elsewhere"))
    assert urls(known, 1_000) == ["http://elsewhere"]


def test_while_the_store_is_down_nobody_dies() -> None:
    """The last known list stands, and counters are watched anew when it is back."""
    known = read(Directory(), 0, node(1)).after_failure()
    late_ms = 2 * FORGET_MS
    assert (alive(known, late_ms), known.standing(1)) == (["http://a"], [])
    known = watched(known, late_ms, late_ms + DEAD_MS - 1, node(1))
    assert alive(known, late_ms + DEAD_MS - 1) == ["http://a"]
    assert alive(read(known, late_ms + DEAD_MS, node(1)), late_ms + DEAD_MS) == []


def test_what_nodes_tell_counts_while_the_store_does_not_speak() -> None:
    """Where it does, who has no document is dead; what is no URL is never taken."""
    known = Directory().after_word(["http://a", "http://b", "x", "http://["], 0)
    assert alive(known, FORGET_MS + 1) == ["http://a", "http://b"]
    known = read(known, 1_000, node(1)).after_word(["http://c"], 1_000)
    known = read(watched(known, 1_000, 5_000, node(1)), 1_000 + DEAD_MS, node(2))
    assert alive(known, 1_000 + DEAD_MS) == ["http://a"]
    known = read(watched(known, 8_000, FORGET_MS + 8_000, node(2)), FORGET_MS + 9_000, node(3))
    assert (urls(known, 2 * FORGET_MS), list(known.told)) == (["http://a"], [])


def test_urls_that_are_given_are_always_tried() -> None:
    """Known to be dead without a document that moves, of the URL or of the node's own name; never forgotten."""
    known = Directory(("http://alias",))
    assert not known.is_dead("http://alias", "")
    known = watched(known, 0, DEAD_MS - 1, node(1))
    assert not known.is_dead("http://alias", "")
    known = read(known, DEAD_MS, node(2))
    assert (known.is_dead("http://alias", ""), known.is_dead("http://alias", "a")) == (True, False)
    known = watched(known, DEAD_MS, DEAD_MS + FORGET_MS + 1, node(2))
    assert urls(known, 10 * FORGET_MS) == ["http://alias"]


def test_of_two_documents_of_one_url_the_one_that_moves_counts() -> None:
    """As when a node was given another name."""
    known = watched(Directory(), 0, DEAD_MS - 1, node(1), node(1, "b"))
    known = read(known, DEAD_MS, node(2), node(1, "b"))
    assert [(one.url, one.name) for one in known.alive(DEAD_MS)] == [("http://a", "a")]


def test_others_than_ingest_nodes_are_left_out_and_what_there_can_be_is_bounded() -> None:
    """Whatever is written or told."""
    assert urls(read(Directory(), 0, node(1, kind="web")), 0) == []
    many = [node(1, f"n{i}", f"http://n{i}") for i in range(2 * MOST)]
    assert len(urls(read(Directory(), 0, *many), 0)) == MOST
    assert len(urls(Directory().after_word([one.url for one in many], 0), 0)) == MOST
