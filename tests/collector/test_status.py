"""The status of a running collector."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from collector import status
from collector.agent import Agent
from collector.identity import describe
from collector.letters.dead_letters import LettersState
from collector.letters.letter import DeadLetter
from collector.memory_queue import MemoryQueue
from collector.queue_status import QueueStatus
from collector.runner import Health, Runner
from collector.sending.link import LinkState
from collector.sending.sender import Sender, Who
from collector.sending.workers import lanes
from collector.state import StateFolder
from collector.status import PERIOD_MS, Status, StatusWriter
from tests.clocks import HandClock
from tests.rows import INCARNATION, NOW
from tidegauge.metrics.wire import Queue

HOST = describe("h1", "web", "boot", "f", [], "Linux")
SPOOL = QueueStatus(backlog=9, a_second=3, seconds_left=3)
LINK = LinkState("http://a", NOW, None, "", None)
STATUS = Status(
    pid=7,
    version="1.2.3",
    host="h1",
    name="web",
    fleet="f",
    incarnation=INCARNATION,
    started_ms=NOW,
    now_ms=NOW + 60_000,
    period_ms=1000,
    queue=Queue(),
    queue_bytes=0,
    queue_limit_bytes=64 << 20,
    outcomes={"stored": 60},
    dropped=0,
    missed=2,
    link=LINK,
    letters=[],
    readers={"cpu": Health(60, 0, 0.12)},
    cpu_seconds=0.25,
    memory_bytes=28 << 20,
)


def text(**changes: object) -> str:
    """The status as a person reads it, with some of it changed."""
    return "\n".join(status.lines(msgspec.structs.replace(STATUS, **changes), running=True))


def test_writer(tmp_path: Path) -> None:
    """Written at once and every five seconds; what is read is what was written."""
    clock, folder = HandClock(NOW), StateFolder(str(tmp_path))
    sender = Sender(Who("h1", "web", 1000), ["http://a"], MemoryQueue(), lanes(1), clock)
    agent = Agent(HOST, Runner([]), sender, clock, 1000)
    writer = StatusWriter(folder, agent, lambda: SPOOL, {"cpu": Health(3)}, 7, clock)
    assert writer.due_ms == clock.monotonic_ms()
    writer.turn()
    found = status.read(str(tmp_path))
    assert found is not None
    assert (found.pid, found.host, found.fleet, found.incarnation) == (7, "h1", "f", agent.incarnation)
    assert found.spool == SPOOL
    assert (found.readers["cpu"].runs, writer.due_ms) == (3, clock.monotonic_ms() + PERIOD_MS)
    folder.close()


def test_a_folder_that_went_is_no_reason_to_stop(tmp_path: Path) -> None:
    """Without its folder the writer does nothing."""
    clock, folder = HandClock(NOW), StateFolder(str(tmp_path / "gone"))
    sender = Sender(Who("h1", "web", 1000), ["http://a"], MemoryQueue(), lanes(1), clock)
    writer = StatusWriter(folder, Agent(HOST, Runner([]), sender, clock, 1000), QueueStatus, {}, 7, clock)
    for file in (tmp_path / "gone").iterdir():
        file.unlink()
    (tmp_path / "gone").rmdir()
    writer.turn()
    assert status.read(str(tmp_path / "gone")) is None
    folder.close()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"pid": 1}', b"\xff"])
def test_read_what_is_no_status(tmp_path: Path, content: bytes) -> None:
    """Anything else is no status."""
    (tmp_path / status.FILE).write_bytes(content)
    assert status.read(str(tmp_path)) is None


def test_lines_when_all_is_well() -> None:
    """Who, where to, how much, at what cost."""
    found = text()
    assert "collector 1.2.3 of web (fleet f): runs, process 7" in found
    assert "http://a: answered 2023-11-14 22:13:20 UTC" in found
    assert "empty, 0.0 of 64 MiB" in found
    assert "60 stored, 0 dropped" in found
    assert "0.12 ms, 0 of 60 failed" in found


def test_lines_of_the_queue() -> None:
    """Those of the queue on disk are among them."""
    assert "backlog      9 records, 3 a second: sent in about 3 s" in text(spool=SPOOL)


def test_lines_when_not_running() -> None:
    """The last status is shown, and that it is old."""
    assert "does not run" in "\n".join(status.lines(STATUS, running=False))


def test_lines_of_trouble() -> None:
    """Each trouble has its words, and its time."""
    waiting = Queue(10, NOW, NOW + 9000)
    failing = msgspec.structs.replace(LINK, failing_since_ms=NOW, failure="HTTP 502")
    letter = DeadLetter(INCARNATION, 5, "refused", "too old", [], NOW)
    found = text(link=failing, queue=waiting, letters=[letter], readers={"disk": Health(9, 4, 0, "broken")})
    assert "failing since 2023-11-14 22:13:20 UTC: HTTP 502" in found
    assert "10 records, 2023-11-14 22:13:20 UTC to 2023-11-14 22:13:29 UTC" in found
    assert f"not taken: record {INCARNATION}-5 refused: too old" in found
    assert "fails (4 of 9): broken" in found


def test_lines_of_letters() -> None:
    """How many there are, and why there are no more."""
    assert "2 kept, 1 to be sent again, 0 given up for newer ones\n" in text(letters_state=LettersState(2, 1))
    assert "3 given up for newer ones; none can be written: full" in text(letters_state=LettersState(0, 0, 3, "full"))


def test_lines_of_notes() -> None:
    """What a reader has to say stands below it."""
    found = text(readers={"containers": Health(9, notes=["docker: heard"])}).splitlines()
    at = next(n for n, line in enumerate(found) if "containers" in line)
    assert found[at + 1].strip() == "docker: heard"


def test_lines_of_authentication() -> None:
    """A token that is not taken comes before every other trouble."""
    unauthorised = msgspec.structs.replace(
        LINK, auth_failed_since_ms=NOW, failing_since_ms=NOW, failure="HTTP 401: it ended"
    )
    told = "authentication failed since 2023-11-14 22:13:20 UTC: HTTP 401: it ended; check TIDEGAUGE_TOKEN"
    assert told in text(link=unauthorised)
    assert "not asked yet" in text(link=msgspec.structs.replace(LINK, answered_ms=None))
