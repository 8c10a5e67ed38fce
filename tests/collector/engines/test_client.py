"""Requests to engines."""

from __future__ import annotations

import socket
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from collector.engines.client import Client, places
from collector.engines.told import EngineError
from tests.collector.engines.scripted_engine import PATIENCE_SECONDS, ScriptedEngine, handler

ID = "d" * 64


def listen(path: Path) -> socket.socket:
    """A socket at a path, its folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    return made


def test_places(tmp_path: Path) -> None:
    """Sockets of the host and of its users, each once although a link leads there too; the setting wins."""
    assert places((), [str(tmp_path)]) == []
    found = ["run/docker.sock", "run/podman/podman.sock", "run/user/1000/podman/podman.sock", "run/user/7/docker.sock"]
    sockets = [listen(tmp_path / path) for path in found]
    (tmp_path / "var").mkdir()
    (tmp_path / "var/run").symlink_to("../run")
    seen = places((), [str(tmp_path), f"{tmp_path}/"])
    assert {url.replace("/var/run/", "/run/") for url in seen} == {f"unix://{tmp_path / path}" for path in found}
    assert len(seen) == len(found)
    assert (places(["none"]), places(["http://a:1"])) == ([], ["http://a:1"])
    for one in sockets:
        one.close()


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("docker-20.10", ("docker", "20.10.24+dfsg1")),
        ("docker-26", ("docker", "26.1.5")),
        ("podman-4.3", ("podman", "4.3.1")),
        ("podman-5", ("podman", "5.4.2")),
    ],
)
def test_version(tmp_path: Path, fixture: str, expected: tuple[str, str]) -> None:
    """Which engine it is, whatever its socket is called."""
    with ScriptedEngine(tmp_path / "x.sock", fixture) as engine:
        found = Client(engine.url).version()
    assert (found.row.runtime, found.version) == expected


def test_inspect(engine: ScriptedEngine) -> None:
    """The answer as it is; None for a container that it does not have."""
    engine.inspected(ID, b"{}")
    assert (Client(engine.url).inspect(ID), Client(engine.url).inspect("e" * 64)) == (b"{}", None)


@pytest.mark.parametrize(("status", "denied"), [(403, True), (401, True), (500, False)])
def test_refused(engine: ScriptedEngine, status: int, denied: bool) -> None:
    """Other answers are errors; a proxy's 403 says that rights are missing."""
    engine.status = status
    with pytest.raises(EngineError) as caught:
        Client(engine.url).version()
    assert caught.value.denied == denied


@pytest.mark.parametrize("body", [b"", b"[]", b'{"Components": 1}', b"\xff"])
def test_no_engine(engine: ScriptedEngine, body: bytes) -> None:
    """Something else that listens is no engine."""
    engine.answers["/version"] = body
    with pytest.raises(EngineError, match="no container engine"):
        Client(engine.url).version()


def test_nobody_listens(tmp_path: Path) -> None:
    """A socket that nobody serves, and one that is not there."""
    listen(tmp_path / "dead.sock").close()
    for name in ("dead.sock", "none.sock"):
        with pytest.raises(EngineError):
            Client(f"unix://{tmp_path / name}").version()
        with pytest.raises(EngineError):
            Client(f"unix://{tmp_path / name}").events(0)


def test_events(engine: ScriptedEngine) -> None:
    """A socket on which the answer comes; since when is told to the nanosecond."""
    made = Client(engine.url).events(1_700_000_000_500_000_000)
    engine.wait_for_streams(1)
    assert engine.since == [1_700_000_000.5]
    made.settimeout(PATIENCE_SECONDS)
    assert made.recv(8) == b"HTTP/1.0"
    made.close()


@pytest.mark.parametrize("scheme", ["http", "tcp"])
def test_over_a_proxy(engine: ScriptedEngine, scheme: str) -> None:
    """What is asked over a Unix socket is asked over TCP as well."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(engine)) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        client = Client(f"{scheme}://127.0.0.1:{server.server_port}")
        assert client.version().version == "26.1.5"
        made = client.events(0)
        engine.wait_for_streams(1)
        made.close()
        engine.end_streams()
        server.shutdown()
