"""What the collector's tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.sending.workers import Lanes, lanes
from tests.collector.scripted_server import PATIENCE_SECONDS, ScriptedServer
from tests.collector.sender_bench import Bench

SMALL_BYTES = 4 << 20


@pytest.fixture(autouse=True)
def _no_file_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that is installed on this machine has settings that are not those of tests."""
    monkeypatch.setenv("TIDEGAUGE_CONFIG", os.devnull)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server that runs."""
    with ScriptedServer() as running:
        yield running


@pytest.fixture
def threads() -> Iterator[Lanes]:
    """The threads of one sender."""
    made = lanes(1)
    yield made
    made.close(PATIENCE_SECONDS)


@pytest.fixture
def bench(server: ScriptedServer, threads: Lanes) -> Bench:
    """A sender to the scripted server."""
    return Bench([server.url], threads)


@pytest.fixture
def start(server: ScriptedServer, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts collectors that send to the scripted server; kills what is left of them."""
    begun: list[subprocess.Popen[bytes]] = []
    told = {"TIDEGAUGE_INGEST": server.url, "TIDEGAUGE_STATE": str(tmp_path), "TIDEGAUGE_INTERVAL_MS": "100"}

    def run(*arguments: str, **more: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "collector", "run", *arguments]
        begun.append(subprocess.Popen(line, env={**os.environ, **told, **more}, stderr=subprocess.PIPE))
        return begun[-1]

    yield run
    for process in begun:
        if process.returncode is None:
            process.kill()
            process.communicate()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 4 MiB that really fills up. Skips where none can be mounted."""
    path = tmp_path / "small"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "tmpfs", str(path)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, timeout=30, check=False)
    except OSError as error:
        pytest.skip(f"NO SMALL DISK, full ones are not tested: {error}")
    if done.returncode:
        pytest.skip(f"NO SMALL DISK, full ones are not tested: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], timeout=30, check=True)
