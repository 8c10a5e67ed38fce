"""One Elasticsearch node as a process of ours: started, killed, paused and started again on the same data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.e2e.programs import free_port, with_parent
from tests.elasticsearch import sources
from tests.elasticsearch.sources import IMAGE, VERSION, NoServerError, Tell

NOBODY = 65534
"""Elasticsearch refuses to run as root: then it runs as this user."""
START_SECONDS = 120.0
PASSWORD = "tidegauge-test"
_PAUSE = threading.Event()


def ask(url: str, method: str, path: str, body: object = None, timeout: float = 30, headers: Any = None) -> Any:
    """The JSON that a server answers, whatever its status. Raises OSError where nothing answers."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        url + path, data, {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            text = response.read()
    except urllib.error.HTTPError as error:
        text = error.read()
    return json.loads(text) if text[:1] in (b"{", b"[") else text.decode()


def wipe(url: str) -> None:
    """Remove every index and template of ours: the next test begins with nothing.

    By name, as a server refuses to delete what a wildcard names; a line of HTTP has at most 4 kB.
    """
    found = ask(url, "GET", "/_resolve/index/tidegauge-*?expand_wildcards=all")["indices"]
    names = [index["name"] for index in found]
    for some in (names[i : i + 100] for i in range(0, len(names), 100)):
        ask(url, "DELETE", f"/{','.join(some)}?ignore_unavailable=true")
    ask(url, "DELETE", "/_index_template/tidegauge*")


class Node:
    """A node over a folder of its own, or that of a node before it. settings: lines of elasticsearch.yml.
    idle: it runs only while nothing else on this machine does, as if it had a machine of its own.
    """

    def __init__(
        self,
        version: str = VERSION,
        folder: Path | None = None,
        heap_mb: int = 1024,
        settings: Sequence[str] = (),
        port: int | None = None,
        transport_port: int | None = None,
        tell: Tell = lambda _: None,
        idle: bool = False,
    ) -> None:
        self.version = version
        self.port = port or free_port()
        self.transport_port = transport_port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._home = sources.unpacked(version, tell)
        self._java = sources.java_home(version)
        self._heap_mb = heap_mb
        self._idle = idle
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="tidegauge-es-"))
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._prepare()

    def _prepare(self) -> None:
        config = self.folder / "config"
        for folder in (config, self.folder / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        for file in (self._home / "config").iterdir():
            if file.is_file() and file.name != "elasticsearch.yml":
                shutil.copy(file, config)
        lines = [
            "network.host: 127.0.0.1",
            f"http.port: {self.port}",
            f"transport.port: {self.transport_port}",
            f"path.data: {self.folder}/data",
            f"path.logs: {self.folder}/logs",
            "cluster.routing.allocation.disk.threshold_enabled: false",
            "cluster.info.update.interval: 24h",  # each look at the disks lifts the blocks that tests put on
            *(self._settings or ("discovery.type: single-node", "xpack.security.enabled: false")),
        ]
        (config / "elasticsearch.yml").write_text("\n".join(lines) + "\n")
        if os.getuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)

    def launch(self) -> None:
        """Start the process; it is not ready yet."""
        idly = ["chrt", "--idle", "0"] if self._idle and shutil.which("chrt") else []
        as_nobody = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--pdeathsig", "TERM"]
        command = [str(self._home / "bin" / "elasticsearch"), "-p", str(self.folder / "es.pid")]
        environment = {
            **os.environ,
            "HOME": str(self.folder),
            "ES_JAVA_HOME": str(self._java),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": f"-Xms{self._heap_mb}m -Xmx{self._heap_mb}m {os.environ.get('ES_JAVA_OPTS', '')}",
        }
        with (self.folder / "out.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*idly, *as_nobody, *command] if os.getuid() == 0 else with_parent([*idly, *command]),
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> float:
        """Start it and wait until its cluster is ready; how many seconds that took. Raises NoServerError."""
        began = time.monotonic()
        self.launch()
        self.wait()
        return time.monotonic() - began

    def wait(self, nodes: int = 1) -> None:
        """Wait until the cluster of so many nodes takes requests. Raises NoServerError."""
        until = time.monotonic() + nodes * START_SECONDS
        while not self.is_ready(nodes):
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServerError(f"Elasticsearch {self.version} did not start: {self._told()}")
            _PAUSE.wait(0.2)

    def is_ready(self, nodes: int = 1) -> bool:
        """Whether the cluster has so many nodes and can be written to."""
        with suppress(OSError, ValueError):
            health = ask(self.url, "GET", "/_cluster/health", timeout=5)
            return health.get("status") in ("green", "yellow") and health["number_of_nodes"] >= nodes
        return False

    def _told(self) -> str:
        return (self.folder / "out.log").read_text(errors="replace")[-600:]

    @property
    def pid(self) -> int:
        """The pid of the server itself; the process that started it waits for it."""
        return int((self.folder / "es.pid").read_text())

    def signal(self, number: int) -> None:
        """Signal the server: SIGSTOP, SIGCONT, …"""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9 of the server."""
        self.signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None and self._process.poll() is None:
            with suppress(OSError, ValueError):
                self.signal(signal.SIGCONT)
            self._process.send_signal(signal.SIGTERM)
            self._reap()

    def _reap(self) -> None:
        assert self._process is not None
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            with suppress(OSError, ValueError):
                self.signal(signal.SIGKILL)
            self._process.kill()
            self._process.wait(10)

    def close(self) -> None:
        """End it, and remove its data where they are a folder of its own."""
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def node(**options: Any) -> Iterator[Node]:
    """A node that is ready, ended in the end. Raises NoServerError."""
    made = Node(**options)
    try:
        made.start()
        yield made
    finally:
        made.close()


@contextmanager
def _in_docker(version: str) -> Iterator[str]:
    name = f"tidegauge-test-{os.getpid()}"
    port = free_port()
    environment = (
        "discovery.type=single-node",
        "xpack.security.enabled=false",
        "cluster.info.update.interval=24h",
        "ES_JAVA_OPTS=-Xms1g -Xmx1g",
    )
    flags = [flag for line in environment for flag in ("-e", line)]
    command = ["docker", "run", "-d", "--rm", "--name", name, "-p", f"127.0.0.1:{port}:9200", *flags]
    done = subprocess.run([*command, f"{IMAGE}:{version}"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoServerError(f"Docker does not run Elasticsearch {version}: {done.stderr[-300:]}")
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url)
        yield url
    finally:
        subprocess.run(["docker", "stop", name], capture_output=True, check=False)


def _await(url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError, ValueError):
            ask(url, "GET", "/_cluster/health", timeout=5)
            return
        _PAUSE.wait(0.2)
    raise NoServerError(f"{url} did not answer within {START_SECONDS:.0f} s")


@contextmanager
def any_server(version: str = VERSION, tell: Tell = lambda _: None) -> Iterator[str]:
    """The URL of a server: the one that a person named, Docker's, or one of Java and Maven. Raises NoServerError."""
    if url := sources.given_url():
        yield url.rstrip("/")
    elif sources.docker_runs():
        with _in_docker(version) as url:
            yield url
    else:
        with node(version=version, tell=tell) as made:
            yield made.url
