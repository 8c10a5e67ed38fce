"""The room of the spool on disk as a whole: lives that are killed at any moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.collector.disk.lives import Found


@pytest.mark.processes
@pytest.mark.parametrize("kills", [100, pytest.param(500, marks=pytest.mark.soak)])
def test_killed_at_random_moments(tmp_path: Path, kills: int) -> None:
    """No record that was acknowledged is lost, none that was settled comes again, and each start takes at most 1 s."""
    command = [sys.executable, "-m", "tests.collector.disk.lives", str(tmp_path), str(kills), str(kills)]
    done = subprocess.run(command, capture_output=True, timeout=kills * 3, check=False)
    assert done.returncode == 0, done.stderr.decode()
    found = msgspec.json.decode(done.stdout, type=Found)
    assert (found.missing, found.settled_again, found.never_added, found.spoilt, found.lost) == ([], [], [], [], 0)
    assert found.added > 5 * kills
    assert found.settled > kills
    assert found.slowest_start_seconds < 1
