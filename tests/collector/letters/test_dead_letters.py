"""Records that a server does not take."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from collector.letters.dead_letters import FAILED, KEPT, DeadLetters, LettersState
from collector.letters.letter_folder import NEW, LetterFolder
from collector.sending.batch import ASIDE_MS, TRIES
from collector.sending.workers import lanes
from collector.spool import Item
from tests.collector.scripted_server import (
    PATIENCE_SECONDS,
    Handler,
    Post,
    Reaction,
    ScriptedServer,
    hang_up,
    outcomes,
    page,
)
from tests.collector.sender_bench import Bench
from tests.rows import INCARNATION, NOW
from tidegauge.metrics.wire import Outcome


def item(seq: int) -> Item:
    """A record."""
    return Item("i", seq, NOW, NOW, b"body%d" % seq)


def settle(letters: DeadLetters, *outcomes: Outcome) -> Sequence[tuple[str, int]]:
    """Note what a server said of the records it names; those that may not be forgotten."""
    return letters.settle([item(outcome.seq) for outcome in outcomes], outcomes, NOW)


@pytest.fixture
def folder(tmp_path: Path) -> LetterFolder:
    """Where letters lie."""
    return LetterFolder(tmp_path)


def test_counts_all_and_keeps_refusals(folder: LetterFolder, caplog: pytest.LogCaptureFixture) -> None:
    """Every outcome is counted; what was not taken is logged, and on disk with its record before it is forgotten."""
    letters = DeadLetters(folder)
    refused = Outcome("i", 2, "refused", "bad"), Outcome("i", 3, "partial", "retention", ["e@1: retention"])
    with caplog.at_level(logging.WARNING):
        assert settle(letters, Outcome("i", 1, "stored"), *refused) == []
    assert letters.counts == {"stored": 1, "refused": 1, "partial": 1}
    found = [entry.letter for entry in folder.entries() if entry.letter]
    assert [(one.about.outcome, one.about.reason, one.about.items, one.item) for one in found] == [
        ("refused", "bad", [], item(2)),
        ("partial", "retention", ["e@1: retention"], item(3)),
    ]
    assert [one.about for one in found] == list(letters.last)
    assert "record_partial id=i-3" in caplog.text
    assert letters.state() == LettersState(kept=2)


def test_without_a_folder() -> None:
    """The last ones are kept in memory."""
    letters = DeadLetters()
    assert settle(letters, *(Outcome("i", seq, "refused", "bad") for seq in range(KEPT + 5))) == []
    assert (len(letters.last), letters.last[0].seq, letters.counts["refused"]) == (KEPT, 5, KEPT + 5)
    assert (letters.again(9, 999, ()), letters.state()) == ([], LettersState(kept=KEPT))


def test_a_letter_that_cannot_be_written(folder: LetterFolder, caplog: pytest.LogCaptureFixture) -> None:
    """On a full disk its record may not be forgotten; that is said once, and over when one can be written again."""
    letters = DeadLetters(folder)
    refused = Outcome("i", 1, "refused", "bad")
    for _ in range(2):
        (folder.path / f"i-1{NEW}").symlink_to("/dev/full")
        assert settle(letters, refused, Outcome("i", 2, "stored")) == [("i", 1)]
    assert letters.state() == LettersState(failure="No space left on device")
    assert [line.message.split()[0] for line in caplog.records] == ["dead_letters_failed"]
    assert settle(letters, refused) == []
    assert letters.state() == LettersState(kept=1)
    assert letters.counts == {"stored": 2, "refused": 1}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Nothing is refused because of it but to forget what a server refuses."""
    (tmp_path / "file").touch()
    letters = DeadLetters(LetterFolder(tmp_path / "file"))
    assert letters.state() == LettersState(failure="Not a directory")
    assert letters.again(9, 999, ()) == []
    assert settle(letters, Outcome("i", 1, "stored"), Outcome("i", 2, "refused")) == [("i", 2)]


def test_give_up(folder: LetterFolder) -> None:
    """A record that no server digests is a letter too."""
    letters = DeadLetters(folder)
    assert letters.give_up(item(4), "HTTP 500", NOW)
    assert letters.counts == {FAILED: 1}
    assert [entry.letter.about.reason for entry in folder.entries() if entry.letter] == ["HTTP 500"]


def test_what_is_given_up_is_told(tmp_path: Path) -> None:
    """So that its hole can be claimed, once; a record of which a server has rows leaves none."""
    letters = DeadLetters(LetterFolder(tmp_path, limit_bytes=1))
    settle(letters, Outcome("i", 1, "refused"), Outcome("i", 2, "partial"))
    settle(letters, Outcome("i", 3, "refused"), Outcome("i", 4, "refused"))
    assert letters.state() == LettersState(kept=1, given_up=3)
    assert [item.key for item in letters.take_lost()] == [("i", 1), ("i", 3)]
    assert letters.take_lost() == DeadLetters().take_lost() == []


def test_sent_again_and_taken(folder: LetterFolder) -> None:
    """What a person wants to be sent again comes back as it was; when it is taken nothing is left of it."""
    letters = DeadLetters(folder)
    settle(letters, *(Outcome("i", seq, "refused") for seq in (1, 2, 10)))
    for name in ("i-10", "i-2"):
        folder.send_again(name)
    assert letters.state() == LettersState(kept=1, waiting=2)
    assert letters.again(9, 999, ()) == [item(2), item(10)]
    assert letters.again(1, 999, ()) == [item(2)]
    assert letters.again(9, 6, ()) == letters.again(9, 0, ()) == [item(2)]
    assert letters.again(9, 999, {("i", 2)}) == [item(10)]
    settle(letters, Outcome("i", 2, "stored"), Outcome("i", 10, "duplicate"))
    assert letters.state() == LettersState(kept=1)
    assert [about.seq for about in letters.last] == [1]


def test_sent_again_and_refused_again(folder: LetterFolder) -> None:
    """A letter again, with the newer reason, and once."""
    letters = DeadLetters(folder)
    settle(letters, Outcome("i", 1, "refused", "old"))
    folder.send_again("i-1")
    settle(letters, Outcome("i", 1, "refused", "new"))
    assert letters.state() == LettersState(kept=1)
    assert [entry.letter.about.reason for entry in folder.entries() if entry.letter] == ["new"]


def test_killed_between_letter_and_spool(folder: LetterFolder, tmp_path: Path) -> None:
    """The spool still has a record whose letter is written: however it is settled then, it is in one place."""
    settle(DeadLetters(folder), Outcome("i", 1, "refused"), Outcome("i", 2, "refused"))
    later = DeadLetters(LetterFolder(tmp_path))
    settle(later, Outcome("i", 1, "refused"), Outcome("i", 2, "stored"))
    assert [entry.id for entry in folder.entries()] == ["i-1"]


def test_killed_between_letter_and_retry(folder: LetterFolder, tmp_path: Path) -> None:
    """A record that is in both places is sent again, and whatever comes of it, it is in one."""
    settle(DeadLetters(folder), Outcome("i", 1, "refused"), Outcome("i", 2, "refused"))
    for name in ("i-1", "i-2"):
        folder.send_again(name)
        one = folder.waiting(name)
        assert one
        folder.write(one)
    later = DeadLetters(LetterFolder(tmp_path))
    assert len(later.again(9, 999, ())) == 2
    settle(later, Outcome("i", 1, "refused"), Outcome("i", 2, "stored"))
    assert [(entry.id, entry.waits) for entry in folder.entries()] == [("i-1", False)]


def test_a_damaged_letter_is_put_back(folder: LetterFolder, caplog: pytest.LogCaptureFixture) -> None:
    """It cannot be sent: it is listed as damaged again, and does not block the others."""
    letters = DeadLetters(folder)
    settle(letters, Outcome("i", 1, "refused"), Outcome("i", 2, "refused"))
    for file in folder.path.glob("*1.letter"):
        file.write_bytes(file.read_bytes()[:-1])
    for name in ("i-1", "i-2"):
        folder.send_again(name)
    assert letters.again(9, 999, ()) == [item(2)]
    assert [(entry.id, entry.waits, bool(entry.letter)) for entry in folder.entries()] == [
        ("i-1", False, False),
        ("i-2", True, True),
    ]
    assert "dead_letter_damaged id=i-1" in caplog.text


# --- with a sender and a server --------------------------------------------------------------------


@pytest.fixture
def bench(server: ScriptedServer, folder: LetterFolder) -> Iterator[Bench]:
    """A sender to the scripted server, with a folder for its letters."""
    threads = lanes(1)
    yield Bench([server.url], threads, folder=folder)
    threads.close(PATIENCE_SECONDS)


def only(seq: int, reaction: Reaction) -> Reaction:
    """A server that stores all but one record, and reacts to a body with that one in its own way."""

    def react(handler: Handler, post: Post) -> None:
        (reaction if seq in post.seqs else ScriptedServer.stores)(handler, post)

    return react


def test_refused_sent_again_and_stored(server: ScriptedServer, bench: Bench, folder: LetterFolder) -> None:
    """A record that is refused is a letter, and when a person asks for it the running sender sends it again."""
    server.default = outcomes("refused")
    bench.send(0, 1)
    assert bench.settled()
    server.default = ScriptedServer.stores
    folder.send_again(f"{INCARNATION}-1")
    bench.later()
    assert server.posts[-1].seqs == [1]
    assert bench.sender.letters.state() == LettersState(kept=1)
    assert bench.sender.letters.counts == {"refused": 2, "stored": 1}


def test_sent_again_while_the_server_is_down(server: ScriptedServer, bench: Bench, folder: LetterFolder) -> None:
    """It waits as a record of the backlog does."""
    server.script.append(outcomes("refused"))
    server.default = page(502)
    bench.send(0)
    bench.landed()
    folder.send_again(f"{INCARNATION}-0")
    bench.later()
    assert bench.sender.letters.state() == LettersState(waiting=1)
    server.default = ScriptedServer.stores
    bench.later()
    assert bench.sender.letters.state() == LettersState()


def test_a_record_without_its_letter_stays_in_the_spool(
    server: ScriptedServer, bench: Bench, folder: LetterFolder
) -> None:
    """A refused record whose letter cannot be written stays, does not block others, and is a letter later."""
    server.default = only(0, outcomes("refused"))
    in_the_way = folder.path / f"{INCARNATION}-0{NEW}"
    in_the_way.mkdir()
    bench.send(0)
    bench.landed()
    assert bench.sender.link().failure == "a dead letter cannot be written"
    assert (bench.spool.held().count, bench.sender.letters.counts) == (1, {})
    bench.send(1)
    bench.landed()
    in_the_way.rmdir()
    bench.later(ASIDE_MS)
    assert bench.settled()
    assert bench.sender.letters.counts == {"refused": 1, "stored": 1}
    assert bench.sender.letters.state() == LettersState(kept=1)


@pytest.mark.parametrize("reaction", [page(500), page(413), page(400), hang_up])
def test_hopeless(server: ScriptedServer, bench: Bench, reaction: Reaction) -> None:
    """A record that always fails while others pass stays behind them, and after so many tries it is a letter."""
    server.default = only(5, reaction)
    bench.hold_back(*range(10))
    seq = 10
    while bench.spool.held().count:
        bench.send(seq)
        bench.landed()
        bench.later(ASIDE_MS)
        seq += 1
    assert TRIES <= len([post for post in server.posts if post.seqs == [5]]) <= TRIES + 1
    assert bench.sender.letters.counts == {"stored": seq - 1, FAILED: 1}
    (letter,) = bench.sender.letters.last
    assert (letter.seq, letter.reason.startswith(f"{TRIES} times, while other records passed: ")) == (5, True)


@pytest.mark.parametrize("reaction", [page(500), page(413), page(401), page(403), hang_up])
def test_nothing_is_hopeless_while_nothing_passes(server: ScriptedServer, bench: Bench, reaction: Reaction) -> None:
    """A server that takes nothing is no reason to give a record up."""
    server.default = reaction
    bench.send(0)
    for _ in range(3 * TRIES):
        bench.landed()
        bench.later()
    assert (bench.spool.held().count, bench.sender.letters.counts) == (1, {})


def test_a_server_that_went_after_it_took_something(server: ScriptedServer, bench: Bench) -> None:
    """However long it is away, what it took before does not speak against the record that waits."""
    bench.send(0)
    assert bench.settled()
    server.default = page(502)
    bench.hold_back(1)
    for _ in range(3 * TRIES):
        bench.later()
    assert (bench.spool.held().count, bench.sender.letters.counts) == (1, {"stored": 1})


@pytest.mark.parametrize("status", [401, 403, 404, 429, 503])
def test_what_is_no_fault_of_a_record(server: ScriptedServer, bench: Bench, status: int) -> None:
    """An answer about the sender, the way or the moment never makes a letter, and yet does not block the others."""
    server.default = only(0, page(status))
    bench.hold_back(0, 1, 2)
    for seq in range(3, 3 * TRIES):
        bench.send(seq)
        bench.landed()
        bench.later()
    assert (bench.spool.held().count, bench.sender.letters.state()) == (1, LettersState())
