"""What the tests of the spool on disk share."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SMALL_BYTES = 4 << 20


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
