"""The collector's own folder."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from collector.agent import Past, Progress
from collector.claims import Run
from collector.state import InUseError, StateError, StateFolder, is_running
from tests.rows import INCARNATION, NOW


def entered(path: Path) -> StateFolder:
    """A folder that a host has settled in."""
    folder = StateFolder(str(path))
    assert folder.settle_in("h1") == []
    return folder


def test_first_life(tmp_path: Path) -> None:
    """A new folder knows nothing, is closed to others, and has its parents made."""
    folder = entered(tmp_path / "a/b")
    assert folder.past() == Past()
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o700
    folder.close()


def test_next_life(tmp_path: Path) -> None:
    """What was kept last is what the next life finds, also if it is shorter than what was before."""
    folder = entered(tmp_path)
    folder.keep(Progress(INCARNATION, NOW), [Run(1, 2, 3)] * 50)
    folder.keep(Progress(INCARNATION, NOW + 1000), [Run(1, 2, 3)])
    folder.close()
    again = entered(tmp_path)
    assert again.past() == Past(INCARNATION, NOW + 1000, [Run(1, 2, 3)])
    again.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 100,
        b"{",
        b'{"incarnation": "x", "last_ms": 1}\n',
        b'{"incarnation": "9999999999999-a", "last_ms": 1}\n',
        b'{"incarnation": 7}',
        b"\xff\xfe\n",
    ],
)
def test_spoilt_file(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is as if there had been no life before."""
    (tmp_path / "last").write_bytes(content)
    folder = entered(tmp_path)
    assert folder.past() == Past()
    folder.close()


def test_one_collector_a_folder(tmp_path: Path) -> None:
    """A second one is refused while the first runs."""
    folder = StateFolder(str(tmp_path))
    assert is_running(str(tmp_path))
    with pytest.raises(InUseError, match="another collector"):
        StateFolder(str(tmp_path))
    folder.close()
    assert not is_running(str(tmp_path))
    StateFolder(str(tmp_path)).close()


def test_unwritable(tmp_path: Path) -> None:
    """A folder that cannot be made is one clear line."""
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be written"):
        StateFolder(str(tmp_path / "file/below"))
    assert not is_running(str(tmp_path / "file/below"))


def test_host_id_is_kept(tmp_path: Path) -> None:
    """Drawn once, the same ever after."""
    folder = StateFolder(str(tmp_path))
    drawn = folder.host_id()
    folder.close()
    again = StateFolder(str(tmp_path))
    assert (again.host_id(), len(drawn)) == (drawn, 32)
    again.close()


def test_another_machine(tmp_path: Path) -> None:
    """What was kept for one host is nothing that another one knows."""
    folder = entered(tmp_path)
    folder.keep(Progress(INCARNATION, NOW))
    folder.close()
    copy = StateFolder(str(tmp_path))
    assert [aside.host for aside in copy.settle_in("h2")] == ["h1"]
    assert copy.past() == Past()
    copy.close()


def test_a_folder_that_cannot_be_settled_in(tmp_path: Path) -> None:
    """What is in the way is one clear line."""
    (tmp_path / "last").mkdir()
    folder = StateFolder(str(tmp_path))
    with pytest.raises(StateError, match="cannot be written"):
        folder.settle_in("h1")
    folder.close()


def test_replace(tmp_path: Path) -> None:
    """A file is replaced whole; what cannot be written is an error."""
    folder = StateFolder(str(tmp_path))
    folder.replace("status.json", b"1")
    folder.replace("status.json", b"2")
    assert (tmp_path / "status.json").read_bytes() == b"2"
    with pytest.raises(StateError, match="cannot be written"):
        folder.replace("none/status.json", b"")
    folder.close()


def test_a_full_disk_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The collector goes on when its progress cannot be kept."""
    folder = entered(tmp_path)
    full = os.open("/dev/full", os.O_RDWR)
    os.dup2(full, folder._last)
    os.close(full)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            folder.keep(Progress(INCARNATION, NOW))
    assert [entry.message.split()[0] for entry in caplog.records] == ["state_failed"]
    folder.close()
