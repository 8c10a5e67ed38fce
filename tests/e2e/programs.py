"""The real programs, started and ended by tests on loopback ports of their own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")
START_SECONDS = 60.0
_PAUSE = threading.Event()


def eventually(look: Callable[[], T | None], seconds: float = 10.0, what: str = "it") -> T:
    """What `look` gives once it gives something; it is asked again and again for so long."""
    until = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not come within {seconds} s")
        _PAUSE.wait(0.02)


def pause(seconds: float) -> None:
    """Let time pass, where that is what is tested."""
    _PAUSE.wait(seconds)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def with_parent(command: Sequence[str]) -> list[str]:
    """A command that is ended when the thread that starts it ends, however that does."""
    return ["setpriv", "--pdeathsig", "TERM", *command]


class Program:
    """A server as a process of ours: `tidegauge NAME` with arguments, on a port and with a folder of its own. It ends
    with the thread that started it, and Ctrl-C does not reach it.
    """

    def __init__(self, name: str, folder: Path, *arguments: str, port: int | None = None, **environment: str) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "cli", name, "--bind", f"127.0.0.1:{self.port}", *arguments]
        self.state = folder / f"{name}-{self.port}"
        self._environment = {**os.environ, "TIDEGAUGE_STATE": str(self.state), **environment}
        self._log = (folder / f"{name}-{self.port}.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it; it is not ready yet."""
        self._process = subprocess.Popen(
            with_parent(self._command),
            stdout=self._log,
            stderr=self._log,
            env=self._environment,
            start_new_session=True,
        )

    def start(self) -> float:
        """Start it and wait until it is ready; how many seconds that took."""
        began = time.monotonic()
        self.launch()
        eventually(self.is_ready, START_SECONDS, "the server")
        return time.monotonic() - began

    def is_ready(self) -> bool:
        """Whether /readyz says so."""
        return self.answers("/readyz", status="ready")

    def is_alive(self) -> bool:
        """Whether /healthz says so."""
        return self.answers("/healthz", status="alive")

    def answers(self, path: str, **fields: object) -> bool:
        """Whether a GET is answered with JSON that has these fields."""
        with suppress(OSError, http.client.HTTPException, ValueError):
            found = self.get(path)
            return all(found.get(name) == value for name, value in fields.items())
        return False

    def get(self, path: str, **pairs: object) -> Any:
        """The JSON of a GET."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", f"{path}?{urlencode(pairs)}" if pairs else path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def children(self) -> list[tuple[int, str]]:
        """Pid and command line of each child: the server's worker and, of `up`, the collector."""
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        found = []
        for pid in listed:
            with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                found.append((int(pid), Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")))
        return found

    def worker(self) -> int:
        """The pid of the server's worker."""
        return eventually(lambda: next((p for p, line in self.children() if " collector " not in line), None))

    def kill(self) -> None:
        """kill -9 of the master; its children end by themselves."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def kill_all(self) -> None:
        """kill -9 of the master and its worker at once, as when the machine fails."""
        children = [pid for pid, _ in self.children()]
        self.kill()
        for pid in children:
            signal_process(pid, signal.SIGKILL)

    def signal_all(self, number: int) -> None:
        """Signal the master and its worker."""
        assert self._process is not None
        for pid in (self._process.pid, *(pid for pid, _ in self.children())):
            signal_process(pid, number)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(15)

    def close(self) -> None:
        """End whatever still runs."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        self._log.close()

    def log(self) -> str:
        """What it said."""
        return Path(self._log.name).read_text()


class Up(Program):
    """`tidegauge up` over a folder."""

    def __init__(self, folder: Path, port: int | None = None, **environment: str) -> None:
        told = "--store", f"embedded:{folder}/var", "--state", f"{folder}/collector"
        super().__init__("up", folder, *told, port=port, **environment)

    def collector(self) -> int:
        """The pid of the collector."""
        return eventually(lambda: next((p for p, line in self.children() if " collector " in line), None))

    def host(self) -> str:
        """The id of this machine's host, once its rows are there."""
        return str(eventually(lambda: self._hosts(), 10, "this machine's rows")[0]["entity"])

    def _hosts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("/api/v1/entities", filter="kind=host fleet=default")
        return found


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Up]:
    """A server and collector that are ready, ended in the end."""
    up = Up(folder, **environment)
    try:
        up.start()
        yield up
    finally:
        up.close()


class Entry(Protocol):
    """Where collectors send; folder: for what is written beside."""

    url: str
    folder: Path


@contextmanager
def demo(server: Entry, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`tidegauge demo` against a server, ended in the end."""
    command = [sys.executable, "-m", "cli", "demo", "--url", server.url, *arguments]
    with (server.folder / "demo.log").open("ab") as log:
        process = subprocess.Popen(
            with_parent(command), stdout=log, stderr=log, env={**os.environ, **environment}, start_new_session=True
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def signal_process(pid: int, number: int) -> None:
    """Signal a process by its pid; one that is gone is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


@contextmanager
def stopped(*pids: int) -> Iterator[None]:
    """These processes do nothing meanwhile."""
    for pid in pids:
        signal_process(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            signal_process(pid, signal.SIGCONT)
