"""A sync that nobody has to wait for."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from collector.disk.syncing import Syncing


def test_done(tmp_path: Path) -> None:
    """The file is synced, also if it is closed meanwhile, and its descriptor given back."""
    gate = threading.Event()
    synced: list[int] = []

    def sync(fd: int) -> None:
        assert gate.wait(30)
        os.fdatasync(fd)
        synced.append(fd)

    fd = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    syncing = Syncing(sync, fd)
    os.close(fd)
    assert not syncing.is_done(0)
    gate.set()
    assert syncing.is_done(30)
    assert len(synced) == 1
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(synced[0])


def test_failed(tmp_path: Path) -> None:
    """What the disk says is what is raised."""

    def sync(_: int) -> None:
        raise OSError(errno.EIO, "I/O error")

    fd = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    syncing = Syncing(sync, fd)
    with pytest.raises(OSError, match="I/O error"):
        syncing.is_done(30)
    os.close(fd)
