"""The command `tidegauge-collector`, most of it as a real process."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from collector import main as command
from collector import options
from collector.letters.letter import write_up
from collector.letters.letter_folder import LetterFolder
from collector.recovery import MADE_UP
from collector.spool import Item
from collector.state import StateFolder
from tests.collector.scripted_server import PATIENCE_SECONDS, Handler, Post, ScriptedServer, hold, outcomes, page
from tests.minutes import minute_rows
from tests.rows import INCARNATION, NOW
from tidegauge import settings
from tidegauge.metrics import events, limits
from tidegauge.metrics.records import Event, Record, rows

INTERVAL_MS = 100
Start = Callable[..., subprocess.Popen[bytes]]


def invoke(*arguments: str, **environ: str) -> Result:
    """A command in this process."""
    return CliRunner().invoke(command.main, arguments, env=environ)


def sent(server: ScriptedServer) -> list[Record]:
    """The records that came, each once, by incarnation and sequence."""
    found = {(record.incarnation, record.seq): record for post in server.posts for record in post.records}
    return [found[key] for key in sorted(found)]


def happened(server: ScriptedServer, kind: str) -> list[Event]:
    """The events of one kind that came."""
    return [event for record in sent(server) for event in record.events if event.kind == kind]


def claims(server: ScriptedServer, reason: str) -> list[Mapping[str, str]]:
    """The holes that were claimed for a reason."""
    return [event.attributes for event in happened(server, events.GAP) if event.attributes["reason"] == reason]


def test_every_setting_has_its_flag() -> None:
    """The flags of a command are those of the table; a secret has none, as every process may read it."""
    for name in ("run", "once", "status"):
        flags = {option for parameter in command.main.commands[name].params for option in parameter.opts}
        told = [row for row in settings.TABLE if "collector" in row.programs.split()]
        assert {row.flag for row in told if not row.secret} <= flags
        assert not {row.flag for row in told if row.secret} & flags


@pytest.mark.parametrize("arguments", [["--interval-ms", "5"], ["--labels", "x"], ["--ingest", "ftp://x"]])
@pytest.mark.parametrize("name", ["run", "once", "status"])
def test_bad_setting(name: str, arguments: list[str]) -> None:
    """One clear line, exit code 2."""
    found = invoke(name, *arguments)
    assert (found.exit_code, found.stderr.count("\n")) == (options.BAD_SETTING, 1)


def test_unknown_setting() -> None:
    """A name that is not in the table is refused, not passed over."""
    assert invoke("once", TIDEGAUGE_INTERVALL="5").exit_code == options.BAD_SETTING


def test_help_names_the_exit_codes() -> None:
    """They are documented where they are needed."""
    assert "3 the state folder cannot be written" in " ".join(invoke("--help").output.split())


def test_status_without_a_collector(tmp_path: Path) -> None:
    """Where none has run, that is said, with exit code 1."""
    found = invoke("status", "--state", str(tmp_path))
    assert (found.exit_code, "no collector has run" in found.stderr) == (command.NOT_RUNNING, True)


def test_once() -> None:
    """A table of this machine, with shares of time."""
    found = invoke("once")
    assert found.exit_code == 0
    assert found.output.startswith("host ")
    assert "system.cpu.utilization.user" in found.output


def test_once_json() -> None:
    """The record as it would be sent, within every limit."""
    record = msgspec.json.decode(invoke("once", "--json", "--fleet", "here").output, type=Record)
    assert limits.check(record) is None
    assert next(rows(record)).entity.attributes["fleet"] == "here"


@pytest.mark.processes
def test_unwritable_state(start: Start, tmp_path: Path) -> None:
    """One clear line, exit code 3."""
    (tmp_path / "file").touch()
    process = start("--state", str(tmp_path / "file/below"))
    _, line = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, line.count(b"\n")) == (command.UNWRITABLE, 1)


@pytest.mark.processes
def test_state_in_use(start: Start, tmp_path: Path) -> None:
    """A second collector on the same folder ends with exit code 4."""
    folder = StateFolder(str(tmp_path))
    process = start()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == command.IN_USE
    folder.close()


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_clean_stop(server: ScriptedServer, start: Start, tmp_path: Path, number: int) -> None:
    """Stop event and header within 2 s, exit code 0, nothing on standard error; status knows."""
    process = start(TIDEGAUGE_LOG_LEVEL="ERROR")
    server.wait_for(lambda posts: len(posts) >= 3)
    assert "runs, process" in invoke("status", "--state", str(tmp_path)).output
    begun = time.monotonic()
    process.send_signal(number)
    _, line = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, line, time.monotonic() - begun < 2) == (0, b"", True)
    assert server.posts[-1].header.stopping
    assert len(happened(server, events.COLLECTOR_STARTED)) == len(happened(server, events.COLLECTOR_STOPPED)) == 1
    found = invoke("status", "--state", str(tmp_path))
    assert (found.exit_code, "does not run" in found.output) == (command.NOT_RUNNING, True)


@pytest.mark.processes
@pytest.mark.parametrize("hangs", [False, True])
def test_stop_without_a_server(server: ScriptedServer, start: Start, hangs: bool) -> None:
    """Within 2 s too; the next life sends what was kept, its stop included, and claims none of it."""
    server.default = hold(threading.Event()) if hangs else page(502)
    process = start()
    server.wait_for(lambda posts: len(posts) >= 4)
    begun = time.monotonic()
    process.terminate()
    process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, time.monotonic() - begun < 2) == (0, True)
    measured = max(one.seq for one in sent(server)) + 1
    server.posts.clear()
    server.default = ScriptedServer.stores
    start()
    server.wait_for(lambda _posts: bool(happened(server, events.COLLECTOR_STOPPED)))
    incarnation = sent(server)[0].incarnation
    assert [one.seq for one in sent(server) if one.incarnation == incarnation] == list(range(measured))
    assert claims(server, "dropped") == []


@pytest.mark.processes
def test_killed_without_a_server(server: ScriptedServer, start: Start) -> None:
    """The next life sends what was kept, and the minute rows of it that the killed one had not made."""
    server.default = page(502)
    process = start()
    server.wait_for(lambda _posts: len(sent(server)) >= 15)
    process.kill()
    process.communicate()
    measured = [row for one in sent(server) for row in rows(one)]
    server.posts.clear()
    server.default = ScriptedServer.stores
    start()
    server.wait_for(lambda _posts: any(one.seq >= MADE_UP for one in sent(server)))
    first, last = measured[0].incarnation, max(row.time_ms for row in measured)
    server.wait_for(lambda _posts: last in {row.time_ms for one in sent(server) for row in rows(one)})
    old = [one for one in sent(server) if one.incarnation == first]
    kept = [row for one in old for row in rows(one)]
    assert {row.time_ms for row in measured} <= {row.time_ms for row in kept}
    minutes = [row for row in minute_rows(*old) if row.entity.kind == "host"]
    assert sum(row.rows for row in minutes) == len([row for row in kept if row.entity.kind == "host"])
    assert claims(server, "dropped") == []


@pytest.mark.processes
def test_another_host(server: ScriptedServer, start: Start, tmp_path: Path) -> None:
    """What waits in a state folder is not sent as another host's; status says where it lies."""
    server.default = page(502)
    process = start(TIDEGAUGE_HOST_ID="first")
    server.wait_for(lambda posts: len(posts) >= 3)
    process.kill()
    process.communicate()
    server.posts.clear()
    server.default = ScriptedServer.stores
    start(TIDEGAUGE_HOST_ID="second")
    server.wait_for(lambda posts: len(posts) >= 3)
    assert {one.host for one in sent(server)} == {"second"}
    found = invoke("status", "--state", str(tmp_path))
    assert f"of host first in {tmp_path}/others/first" in found.output


@pytest.mark.processes
def test_killed_and_started_again(server: ScriptedServer, start: Start) -> None:
    """The next life is later, and claims the hole between the last row and its first."""
    process = start()
    server.wait_for(lambda posts: len(posts) >= 3)
    process.kill()
    process.communicate()
    last = max(row.time_ms for record in sent(server) for row in rows(record))
    time.sleep(5 * INTERVAL_MS / 1000)
    start()
    server.wait_for(lambda _posts: len({record.incarnation for record in sent(server)}) == 2)
    (claim,) = claims(server, "stopped")
    assert 0 <= int(claim["from_ms"]) - last <= INTERVAL_MS


@pytest.mark.processes
def test_suspended(server: ScriptedServer, start: Start) -> None:
    """A process that was stopped and goes on claims its hole once, and does not bunch its rows."""
    process = start()
    server.wait_for(lambda posts: len(posts) >= 3)
    process.send_signal(signal.SIGSTOP)
    time.sleep(10 * INTERVAL_MS / 1000)
    process.send_signal(signal.SIGCONT)
    server.wait_for(lambda _posts: bool(claims(server, "stopped")))
    count = len(server.posts)
    server.wait_for(lambda posts: len(posts) >= count + 3)
    (claim,) = claims(server, "stopped")
    stamps = sorted({row.time_ms for record in sent(server) for row in rows(record)})
    assert int(claim["count"]) >= 8
    assert min(after - before for before, after in pairwise(stamps)) >= INTERVAL_MS / 2


@pytest.mark.processes
def test_with_parent(server: ScriptedServer, tmp_path: Path) -> None:
    """When the process that started it is killed the collector stops cleanly."""
    line = [sys.executable, "-m", "collector", "run", "--with-parent", "--ingest", server.url, "--state", str(tmp_path)]
    starter = f"import subprocess, signal; subprocess.Popen({line!r}); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", starter]) as parent:
        server.wait_for(lambda posts: len(posts) >= 1)
        parent.kill()
    server.wait_for(lambda posts: posts[-1].header.stopping)


# --- tokens, files of settings, dead letters -------------------------------------------------------


@pytest.mark.processes
def test_hang_up_reads_the_token(server: ScriptedServer, start: Start, tmp_path: Path) -> None:
    """While a token is not taken all is kept; a new one in its file is taken at once, without a restart."""

    def guard(handler: Handler, post: Post) -> None:
        (ScriptedServer.stores if post.authorization == "Bearer new" else page(401))(handler, post)

    server.default = guard
    (tmp_path / "token").write_text("old\n")
    process = start(TIDEGAUGE_TOKEN_FILE=str(tmp_path / "token"))
    server.wait_for(lambda posts: len(posts) >= 5)
    (tmp_path / "token").write_text("new\n")
    process.send_signal(signal.SIGHUP)
    server.wait_for(lambda _posts: 0 in taken(server))
    last = max(taken(server))
    server.wait_for(lambda _posts: taken(server) >= set(range(last)))
    assert process.poll() is None


def taken(server: ScriptedServer) -> set[int]:
    """The records that came with the new token."""
    return {seq for post in list(server.posts) if post.authorization == "Bearer new" for seq in post.seqs}


@pytest.mark.processes
def test_a_file_of_settings(server: ScriptedServer, start: Start, tmp_path: Path) -> None:
    """A collector runs by its file; what is wrong in it is one line and exit code 2."""
    file = tmp_path / "collector.toml"
    file.write_text('fleet = "paris"\ntoken = "t"\n[labels]\nrack = "7"\n')
    start("--config", str(file))
    (post, *_) = server.wait_for(lambda posts: len(posts) >= 2)
    about = next(rows(post.records[0])).entity.attributes
    assert (post.authorization, about["fleet"], about["labels.rack"]) == ("Bearer t", "paris", "7")
    file.write_text("intervall_ms = 100")
    found = invoke("status", "--config", str(file))
    line = f"tidegauge-collector: {file}, line 1: unknown key 'intervall_ms'; is it 'interval_ms'?\n"
    assert (found.exit_code, found.stderr) == (options.BAD_SETTING, line)


@pytest.mark.processes
def test_letters_that_are_given_up_are_claimed(server: ScriptedServer, start: Start, tmp_path: Path) -> None:
    """What goes for newer letters will never come: a server is told which holes are left."""
    folder = LetterFolder(tmp_path)
    folder.begin()
    for seq in range(20):
        old = Item(INCARNATION, seq, NOW + 1000 * seq, NOW + 1000 * seq, bytes(100_000))
        folder.write(write_up(old, "refused", "old", [], NOW))
    server.script.append(outcomes("refused"))
    start(TIDEGAUGE_DEAD_LETTERS_MB="1")
    server.wait_for(lambda _posts: bool(claims(server, "dropped")))
    (claim,) = claims(server, "dropped")
    left = len([name for name in folder.ids(waiting=False) if name.startswith(INCARNATION)])
    assert (int(claim["count"]), int(claim["from_ms"]) < NOW < int(claim["to_ms"])) == (20 - left, True)
