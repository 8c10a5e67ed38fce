"""The collector beside the server."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.collector_child import MAX_PAUSE_MS, PAUSE_MS, CollectorChild, command, environment
from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tidegauge import settings

WAITS = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print(flush=True); signal.pause()"


@contextmanager
def child(program: str, clock: HandClock | None = None) -> Iterator[CollectorChild]:
    """A child that runs a program of ours in the collector's place, ended in the end."""
    made = CollectorChild([sys.executable, "-c", program], dict(os.environ), clock or HandClock())
    made.start()
    try:
        yield made
    finally:
        made.stop()


def test_it_is_told_where_to_send_and_what_it_was_told() -> None:
    """The node's own address, and the collector's settings by environment."""
    told = settings.read(
        {"bind": "[::1]:8051", "labels": "a=b,c=", "fleet": "blue", "state": "/s"}, {"TIDEGAUGE_TOKEN": "t"}
    )
    assert command(told)[-3:] == ["--with-parent", "--ingest", "http://[::1]:8051"]
    given = environment(told)
    assert (given["TIDEGAUGE_LABELS"], given["TIDEGAUGE_FLEET"], given["TIDEGAUGE_STATE"]) == ("a=b,c=", "blue", "/s")
    assert given.get("TIDEGAUGE_TOKEN") is None
    assert given["TIDEGAUGE_CONFIG"] == os.devnull


def test_it_reads_the_same_file(tmp_path: Path) -> None:
    """And no other, so that secrets of the file reach it."""
    (tmp_path / "f").write_text("token = 't'")
    assert environment(settings.read({"config": f"{tmp_path}/f"}, {}))["TIDEGAUGE_CONFIG"] == f"{tmp_path}/f"


@pytest.mark.processes
def test_one_that_was_killed_is_started_again() -> None:
    """After a pause, and ever less often if it does not last."""
    clock = HandClock()
    with child(WAITS, clock) as one:
        first = one.pid
        os.kill(first or 0, signal.SIGKILL)
        assert eventually(one.ended) == -signal.SIGKILL
        one.keep()
        assert one.pid == first
        clock.advance(PAUSE_MS)
        one.keep()
        second = one.pid
        assert second != first
        os.kill(second or 0, signal.SIGKILL)
        eventually(one.ended)
        clock.advance(PAUSE_MS)
        one.keep()
        assert one.pid == second
        clock.advance(PAUSE_MS)
        one.keep()
        assert one.pid != second
        clock.advance(MAX_PAUSE_MS + 1)
        assert one.ended() is None


@pytest.mark.processes
def test_one_that_was_told_to_stop_stays_stopped() -> None:
    """Somebody wanted it so."""
    clock = HandClock()
    with child("", clock) as one:
        assert eventually(lambda: one.ended() == 0)
        clock.advance(MAX_PAUSE_MS)
        one.keep()
        assert one.ended() == 0


@pytest.mark.processes
def test_stopping_waits_for_its_last_word(tmp_path: Path) -> None:
    """SIGTERM, and the time to say that it stops; again is harmless."""
    said, ready = tmp_path / "said", tmp_path / "ready"
    program = f"""
import pathlib, signal, sys
def stop(*_):
    pathlib.Path({str(said)!r}).write_text("bye")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
pathlib.Path({str(ready)!r}).touch()
signal.pause()
"""
    with child(program) as one:
        eventually(ready.exists)
        one.stop()
        assert one.ended() == 0
    assert said.read_text() == "bye"


@pytest.mark.processes
def test_it_has_a_session_of_its_own() -> None:
    """Ctrl-C in a terminal reaches the whole foreground group: not this one."""
    with child(WAITS) as one:
        eventually(lambda: os.getsid(one.pid or 0) == one.pid)


def test_one_that_was_never_started_needs_no_care() -> None:
    """Nothing to keep, nothing to stop."""
    one = CollectorChild(["true"], {}, HandClock())
    one.keep()
    one.stop()
    assert (one.pid, one.ended()) == (None, None)
