"""The commands `dead-letters …`."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.letters.letter import Letter, write_up
from collector.letters.letter_commands import dead_letters
from collector.letters.letter_folder import LetterFolder
from collector.options import NO_LETTER
from collector.sending.batch import ASIDE_MS
from collector.spool import Item, Key
from collector.state import StateFolder
from tests.collector.scripted_server import Handler, Post, ScriptedServer, outcomes
from tests.collector.sender_bench import item
from tests.e2e.programs import eventually
from tests.rows import INCARNATION, NOW
from tidegauge.metrics.events import GAP
from tidegauge.metrics.records import rows

Start = Callable[..., subprocess.Popen[bytes]]

ONE, TWO, BAD, GONE = (f"{INCARNATION}-{seq}" for seq in (1, 2, 3, 9))


def a_letter(seq: int, items: list[str]) -> Letter:
    """A record that was not taken."""
    return write_up(Item(INCARNATION, seq, NOW, NOW, bytes(5000)), "partial", "retention", items, NOW)


@pytest.fixture
def folder(tmp_path: Path) -> LetterFolder:
    """Two letters and a damaged one."""
    made = LetterFolder(tmp_path)
    made.begin()
    made.write(a_letter(1, ["h1@1: retention"]))
    made.write(a_letter(2, []))
    (made.path / f"{BAD}.letter").write_bytes(b"x")
    return made


def invoke(folder: LetterFolder, *arguments: str) -> Result:
    """One of the commands."""
    return CliRunner().invoke(dead_letters, [*arguments, "--state", str(folder.path.parent)])


def test_list(folder: LetterFolder) -> None:
    """Each with time, size, reason and whether it is to be sent again; a damaged one as such."""
    folder.send_again(TWO)
    assert invoke(folder, "list").output.splitlines() == [
        f"{ONE}  2023-11-14 22:13:20 UTC    5.1 KiB  partial: retention, items: 1",
        f"{BAD}  damaged, 1 B",
        f"{TWO}  2023-11-14 22:13:20 UTC    5.1 KiB  partial: retention, to be sent again",
    ]


def test_list_json(folder: LetterFolder) -> None:
    """All but the records, for programs."""
    folder.send_again(TWO)
    first, damaged, second = json.loads(invoke(folder, "list", "--json").output)
    assert (first["id"], first["state"], first["seq"], first["items"]) == (ONE, "kept", 1, ["h1@1: retention"])
    assert damaged == {"id": BAD, "state": "damaged", "size_bytes": 1}
    assert (second["state"], second["time_ms"], second["outcome"]) == ("waiting", NOW, "partial")


def test_none(tmp_path: Path) -> None:
    """Where there are none that is said; as JSON it is an empty list."""
    assert invoke(LetterFolder(tmp_path), "list").output == "no dead letters\n"
    assert invoke(LetterFolder(tmp_path), "list", "--json").output == "[]\n"


def test_retry(folder: LetterFolder) -> None:
    """Those that are named wait for the collector, each once; the next one where none runs."""
    found = invoke(folder, "retry", TWO, TWO)
    assert found.output == "1 to be sent again; no collector runs now, the next one does it\n"
    assert folder.ids(waiting=True) == [TWO]
    running = StateFolder(str(folder.path.parent))
    assert invoke(folder, "retry", ONE, TWO).output == "2 to be sent again\n"
    assert folder.ids(waiting=True) == [ONE, TWO]
    running.close()


def test_retry_all(folder: LetterFolder) -> None:
    """All that are whole; the damaged ones stay and are counted."""
    assert invoke(folder, "retry", "--all").output.startswith("2 to be sent again, 1 damaged")
    assert (folder.ids(waiting=True), folder.ids(waiting=False)) == ([ONE, TWO], [BAD])


def test_drop(folder: LetterFolder) -> None:
    """Those that are named are gone, damaged or waiting too."""
    folder.send_again(TWO)
    assert invoke(folder, "drop", TWO, BAD).output == "2 dropped\n"
    assert [entry.id for entry in folder.entries()] == [ONE]
    assert invoke(folder, "drop", "--all").output == "1 dropped\n"
    assert list(folder.entries()) == []


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["retry", ONE, GONE], f"no such letter: {GONE}; nothing was done"),
        (["drop", ONE, "../x"], "no such letter: ../x; nothing was done"),
        (["retry", ONE, BAD], f"damaged, can only be dropped: {BAD}; nothing was done"),
    ],
)
def test_what_cannot_be_done(folder: LetterFolder, arguments: list[str], line: str) -> None:
    """One clear line, a code of its own, and everything stays as it was."""
    found = invoke(folder, *arguments)
    assert (found.exit_code, found.stderr) == (NO_LETTER, f"tidegauge-collector: {line}\n")
    assert folder.ids(waiting=False) == [ONE, TWO, BAD]


@pytest.mark.parametrize("arguments", [["retry"], ["drop"], ["drop", ONE, "--all"]])
def test_nothing_is_done_by_mistake(folder: LetterFolder, arguments: list[str]) -> None:
    """Either names or all: a mistake in the line does nothing."""
    assert invoke(folder, *arguments).exit_code == 2
    assert len(list(folder.entries())) == 3


def test_what_cannot_be_read_is_not_none(tmp_path: Path) -> None:
    """A folder that cannot be read is told, not taken for an empty one."""
    (tmp_path / "dead-letters").touch()
    found = invoke(LetterFolder(tmp_path), "list")
    assert (found.exit_code, found.stderr.endswith("cannot be read: Not a directory\n")) == (NO_LETTER, True)


def test_what_cannot_be_removed_is_told(folder: LetterFolder) -> None:
    """A letter that cannot be dropped is not counted as dropped."""
    (folder.path / f"{GONE}.letter").mkdir()
    assert invoke(folder, "drop", GONE).exit_code == NO_LETTER


# --- with a collector that runs --------------------------------------------------------------------


@pytest.mark.processes
def test_dead_letters_are_sent_again(server: ScriptedServer, start: Start, tmp_path: Path) -> None:
    """What a server refuses is listed, and the running collector sends it again when it is told."""
    folder = LetterFolder(tmp_path)
    server.default = outcomes("refused")
    start()
    server.wait_for(lambda posts: len(posts) >= 4)
    server.default = ScriptedServer.stores
    refused = json.loads(invoke(folder, "list", "--json").output)
    assert len(refused) >= 3
    server.posts.clear()
    assert "to be sent again\n" in invoke(folder, "retry", "--all").output
    wanted = {(one["incarnation"], one["seq"]) for one in refused}
    server.wait_for(lambda _posts: wanted <= sent(server))
    assert eventually(lambda: not [one for one in kept(folder) if one.item.key in wanted])


@pytest.mark.processes
@pytest.mark.parametrize("rounds", [4, pytest.param(50, marks=pytest.mark.soak)])
def test_killed_while_records_are_refused(server: ScriptedServer, start: Start, tmp_path: Path, rounds: int) -> None:
    """After kill -9 at any moment each record that was ever sent is one letter in the end."""
    folder = LetterFolder(tmp_path)
    server.default = outcomes("refused")
    for number in range(rounds):
        process = start()
        before = len(server.posts)
        server.wait_for(lambda posts, least=before + 3 + number % 3: len(posts) >= least)
        time.sleep(0.002 * (number % 5))
        process.kill()
        process.communicate()
    process = start()
    server.wait_for(lambda _posts: len({key[0] for key in sent(server)}) > rounds)
    everything = sent(server)
    assert eventually(lambda: everything <= {one.item.key for one in kept(folder)})
    process.terminate()
    process.communicate()
    assert {one.item.key for one in kept(folder)} == sent(server)


@pytest.mark.processes
@pytest.mark.parametrize("letters", [40, pytest.param(900, marks=pytest.mark.soak)])
def test_killed_while_letters_are_sent_again(
    server: ScriptedServer, start: Start, tmp_path: Path, letters: int
) -> None:
    """After kill -9 at any moment a letter is taken or a letter again, never neither or both."""
    folder = LetterFolder(tmp_path)
    folder.begin()
    for seq in range(letters):
        folder.write(write_up(item(seq), "refused", "old", [], NOW))
        folder.send_again(f"{INCARNATION}-{seq}")

    def by_seq(handler: Handler, post: Post) -> None:
        outcomes(*("refused" if seq % 2 else "stored" for seq in post.seqs))(handler, post)

    server.default = by_seq
    for number in range(200):
        process, before = start(), len(server.posts)
        server.wait_for(lambda posts, before=before: any(incarnation(post) == INCARNATION for post in posts[before:]))
        time.sleep(0.008 * number)
        process.kill()
        process.communicate()
        if not folder.ids(waiting=True):
            break
    assert [one.about.seq for one in kept(folder) if one.about.incarnation == INCARNATION] == list(range(1, letters, 2))
    assert {one.about.reason for one in kept(folder)} == {"why"}


@pytest.mark.processes
@pytest.mark.soak
def test_refused_on_a_full_disk(server: ScriptedServer, start: Start, small_disk: Path) -> None:
    """While no letter can be written its record waits; with room again each is a letter, or the queue claims it."""
    folder = LetterFolder(small_disk)
    server.default = outcomes("refused")
    start("--state", str(small_disk), TIDEGAUGE_SPOOL_MB="1", TIDEGAUGE_SPOOL_FLOOR_MB="0")
    server.wait_for(lambda posts: len(posts) >= 3)
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    before = len(server.posts)
    server.wait_for(lambda posts: len(posts) >= before + 20)
    everything = sent(server)
    assert not everything <= {one.item.key for one in kept(folder)}
    filler.unlink()
    assert eventually(lambda: not unexplained(server, folder, everything), 2 * ASIDE_MS / 1000)


def unexplained(server: ScriptedServer, folder: LetterFolder, keys: set[Key]) -> list[int]:
    """The times of records that are no letters, and that no claim of dropped rows spans."""
    left = keys - {one.item.key for one in kept(folder)}
    records = [record for post in list(server.posts) for record in post.records]
    spans = [
        (int(event.attributes["from_ms"]), int(event.attributes["to_ms"]))
        for record in records
        for event in record.events
        if event.kind == GAP and event.attributes["reason"] == "dropped"
    ]
    times = [row.time_ms for record in records if (record.incarnation, record.seq) in left for row in rows(record)]
    return [time_ms for time_ms in times if not any(first < time_ms < last for first, last in spans)]


def sent(server: ScriptedServer) -> set[Key]:
    """The records that came."""
    return {(record.incarnation, record.seq) for post in list(server.posts) for record in post.records}


def incarnation(post: Post) -> str:
    """Whose records a post has."""
    return post.records[0].incarnation


def kept(folder: LetterFolder) -> list[Letter]:
    """The letters of a folder; each is whole."""
    return [entry.letter for entry in folder.entries() if entry.letter or pytest.fail(entry.id)]
