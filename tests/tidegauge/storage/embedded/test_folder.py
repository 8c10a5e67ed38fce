"""The folder: who may use it, and how much room it has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidegauge.storage.base import StoreError, StoreUnavailableError
from tidegauge.storage.embedded.folder import Folder, set_aside

ROOT = Path(__file__).parents[4]


def test_a_second_holder_is_refused(folder: Folder) -> None:
    """In one sentence that names the first; once that let go, another may have it."""
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from tidegauge.storage.embedded.folder import Folder\n"
            "folder = Folder(pathlib.Path(sys.argv[1])); folder.lock(); print('held', flush=True); sys.stdin.read()",
            str(folder.path),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(StoreError, match=rf"another process \(pid {holder.pid}\) has the embedded store") as caught:
        folder.lock()
    assert caught.value.permanent
    holder.kill()
    holder.communicate()
    folder.lock()
    folder.unlock()
    folder.unlock()


def test_what_was_not_finished_is_removed(folder: Folder) -> None:
    """Spilled data and drafts go when the folder is taken; files set aside stay."""
    folder.tmp.mkdir()
    (folder.tmp / "spilled").touch()
    (folder.sealed / "2026-01-31").mkdir()
    for name in ("host-1.new", "host-2.parquet", "host-3.parquet"):
        (folder.sealed / "2026-01-31" / name).write_bytes(b"123")
    set_aside(folder.sealed / "2026-01-31/host-3.parquet")
    folder.lock()
    assert not folder.tmp.exists()
    assert [file.name for file in folder.sealed_files()] == ["host-2.parquet"]
    assert folder.damaged_files() == ["samples/2026-01-31/host-3.parquet.damaged"]
    assert folder.size_bytes() == 3
    folder.unlock()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """One clear error, for good."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"cannot use the folder .*file/store for the embedded store") as caught:
        Folder(tmp_path / "file/store")
    assert caught.value.permanent


def test_the_floor_under_free_space(folder: Folder) -> None:
    """Below it the error says how much there is and what to do; it may pass."""
    folder.check_floor(0)
    with pytest.raises(StoreUnavailableError, match=r"only \d+ MB are free") as caught:
        folder.check_floor(10**12)
    assert "TIDEGAUGE_DISK_FLOOR_MB" in caught.value.hint
    folder.sealed.rmdir()
    folder.path.rmdir()
    with pytest.raises(StoreUnavailableError, match="cannot be read"):
        folder.check_floor(0)
