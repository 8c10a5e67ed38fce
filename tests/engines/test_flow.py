"""The real collector beside a real engine: what happened reaches the server; and without rights what is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.collector.scripted_server import PATIENCE_SECONDS, ScriptedServer
from tests.engines.daemons import Engine
from tidegauge.metrics.records import Event, Row, rows

pytestmark = [pytest.mark.engines, pytest.mark.processes]

WITHOUT_RIGHTS = """
import os, sys, time
import collector.containers.container, encodings.idna, tempfile, select
import collector.containers.cgroup_v1, collector.containers.cgroup_v2
from collector.readers.containers import Containers
from collector.readings import Roots
from collector.schedule import Tick
os.setgroups([]); os.setgid(65534); os.setuid(65534)
reader = Containers(Roots(), [sys.argv[1]])
while not any("no rights" in note for note in reader.notes()):
    found = list(reader.read(Tick(time.time_ns() // 1_000_000)))
    time.sleep(0.05)
(row,) = [row for row in found if row.name == sys.argv[2]]
print(row.attributes["container.name"], row.values["container.memory.usage"] > 0, row.values["container.pids.count"])
print(*reader.notes(), sep="\\n")
reader.close()
"""


def events(server: ScriptedServer, container: str) -> list[Event]:
    """What the server was told of a container, each once."""
    records = [record for post in server.posts for record in post.records]
    found = {(e.kind, e.time_ns): e for record in records for e in record.events if e.entity == container}
    return [found[key] for key in sorted(found, key=lambda key: key[1])]


def last_row(server: ScriptedServer, container: str) -> Row | None:
    """The last row of a container that came."""
    records = [record for post in server.posts for record in post.records]
    found = [row for record in records for row in rows(record) if row.entity.id == container]
    return found[-1] if found else None


def test_from_the_engine_to_the_server(engine: Engine, server: ScriptedServer, tmp_path: Path) -> None:
    """A crash arrives with its code, rows with the name, and `status` says which engine is heard."""
    line = [sys.executable, "-m", "collector", "run", "--ingest", server.url, "--state", str(tmp_path)]
    process = subprocess.Popen([*line, "--engines", engine.url, "--log-level", "ERROR"])
    try:
        server.wait_for(lambda posts: len(posts) >= 2)
        made = engine.run("-d", "sh", "-c", "sleep 3; exit 7", name="one")
        server.wait_for(lambda _posts: any(event.kind == "container.stopped" for event in events(server, made)))
        status = [sys.executable, "-m", "collector", "status", "--state", str(tmp_path)]
        told = subprocess.run(status, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS).stdout
    finally:
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0
    assert [(event.kind, event.attributes) for event in events(server, made)] == [
        ("container.started", {"container.name": "one"}),
        ("container.stopped", {"container.name": "one", "exit_code": "7", "reason": "crashed"}),
    ]
    row = last_row(server, made)
    assert row is not None
    assert row.entity.attributes["container.name"] == "one"
    assert f"{engine.runtime} " in told
    assert f"{engine.url}: heard" in told


def test_without_rights(engine: Engine) -> None:
    """A user who may not open the socket has every number, no name, and is told what to grant."""
    engine.folder.chmod(0o755)
    engine.socket.chmod(0o600)
    made = engine.run("-d", "sleep", "99", name="one")
    code = [sys.executable, "-c", WITHOUT_RIGHTS, engine.url, made]
    done = subprocess.run(code, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    row, *notes = done.stdout.splitlines()
    assert row == f"{made[:12]} True 1"
    assert "docker-socket-proxy" in " ".join(notes)
