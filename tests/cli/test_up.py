"""`tidegauge up`: the real programs, started and ended."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import connect

from cli import up as command
from tests.e2e.programs import Up, eventually, running, signal_process
from tidegauge import settings
from tidegauge.sessions import tokens
from tidegauge.sessions.signing import Signer
from tidegauge.storage.open import open_store

SOON = 5.0
"""Seconds within which everything has ended."""


def test_it_says_where_it_is_and_what_it_will_keep() -> None:
    """The page, the days, the megabytes a day, twice as many at half the period, and where."""
    told = {"retention": "4", "store": "embedded:/data"}
    texts = [command._greeting(settings.read({**told, "interval_ms": ms}, {}), "http://page") for ms in ("1000", "500")]
    assert all("watches this machine: http://page\n" in text for text in texts)
    megabytes = [re.findall(r"4 days of every sample, about ([0-9]+) MB a day, in /data", text)[0] for text in texts]
    assert abs(int(megabytes[1]) - 2 * int(megabytes[0])) <= 1


@pytest.mark.parametrize("bind", ["127.0.0.1:8050", "localhost:8050", "[::1]:8050"])
def test_its_page_is_on_the_address_that_it_listens_on(bind: str) -> None:
    """Whichever loopback address that is."""
    assert command._page(settings.read({"bind": bind}, {})).startswith(f"http://{bind}/")


def test_its_page_is_where_people_open_it() -> None:
    """Where that is said."""
    told = settings.read({"bind": "0.0.0.0:8050", "public": "https://tides.example", "host_id": "web-1"}, {})
    assert command._page(told) == "https://tides.example/hosts/web-1"


def test_its_collector_shows_a_token_where_others_reach_the_node(tmp_path: Path) -> None:
    """Of this host, signed with the node's own key; on loopback, or with one that was given, there is none."""
    told = {"store": f"embedded:{tmp_path}", "bind": "0.0.0.0:8050", "host_id": "web-1"}
    shown = command._shown(settings.read(told, {}))["TIDEGAUGE_TOKEN"]
    key = Signer((tmp_path / "secret_key").read_text())
    assert key.read(tokens.COLLECTOR, shown, tokens.Token).host == "web-1"
    for other in ({"bind": "127.0.0.1:8050"}, {"token": "t"}, {"insecure_open": "yes"}):
        assert command._shown(settings.read({**told, **other}, {})) == {}


@pytest.fixture(autouse=True)
def _terminal() -> Iterator[None]:
    """A hangup ends a program as from a terminal, though the tests may run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@contextmanager
def watched(folder: Path) -> Iterator[Up]:
    """`up` with rows in it, and with browsers and a node that hold websockets open while it ends."""
    with running(folder) as up, ExitStack() as open_sockets:
        up.host()
        for path in ("live", "live", "api/v1/stream"):
            address = f"ws://127.0.0.1:{up.port}/{path}"
            ws = open_sockets.enter_context(connect(address, close_timeout=0.1))
            assert json.loads(ws.recv(timeout=10))["type"] == "hello"
        yield up


def are_gone(pids: list[int]) -> bool:
    """Whether none of these processes runs."""
    return not any(Path(f"/proc/{pid}/exe").exists() for pid in pids)


def events(folder: Path) -> list[str]:
    """The kinds of events in the store, by time."""
    store = open_store(f"embedded:{folder}/var", retention_days=3)
    found = [one.event.kind for one in store.events(0, 10**13)]
    store.close()
    return found


@pytest.mark.processes
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_it_stops_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    """Within seconds, with exit code 0, whoever is connected; the store has the collector's last word."""
    with watched(tmp_path) as up:
        process = up._process
        assert process is not None
        children = [pid for pid, _ in up.children()]
        began = time.monotonic()
        if number == signal.SIGINT:  # a terminal sends it to the whole group
            signal_process(up.worker(), number)
        process.send_signal(number)
        assert process.wait(SOON) == 0
        eventually(lambda: are_gone(children), SOON, "the end of its children")
        assert time.monotonic() - began <= SOON
    assert events(tmp_path) == ["collector.started", "collector.stopped"]


@pytest.mark.processes
def test_nothing_is_left_behind_by_kill_9(tmp_path: Path) -> None:
    """Server and collector end when the master is killed, though browsers are connected; the store is whole."""
    with watched(tmp_path) as up:
        children = [pid for pid, _ in up.children()]
        assert len(children) == 2
        up.kill()
        eventually(lambda: are_gone(children), SOON, "the end of its children")
    assert events(tmp_path)[0] == "collector.started"


@pytest.mark.processes
def test_what_was_killed_is_started_again(tmp_path: Path) -> None:
    """The server and the collector, each for itself; orders of gunicorn that would spoil the store are passed over."""
    with running(tmp_path) as up:
        master, worker, collector = up._process, up.worker(), up.collector()
        assert master is not None
        for number in (signal.SIGTTIN, signal.SIGUSR2, signal.SIGWINCH):
            master.send_signal(number)
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: up.worker() != worker and up.is_ready(), 10, "a new server")
        os.kill(collector, signal.SIGKILL)
        eventually(lambda: up.collector() != collector, 10, "a new collector")
        assert len(up.children()) == 2
