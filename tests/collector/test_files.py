"""Files that are read again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.files import CHUNK_BYTES, SHORT_BYTES, File, number_after, read_once, sync


def test_reads_anew_each_time(tmp_path: Path) -> None:
    """What the file holds now is read through the same descriptor."""
    path = tmp_path / "stat"
    path.write_bytes(b"1")
    file = File(str(path))
    first = file.read()
    path.write_bytes(b"2" * (2 * CHUNK_BYTES + 1))
    assert (first, file.read()) == (b"1", b"2" * (2 * CHUNK_BYTES + 1))


def test_a_long_line_is_read_to_its_end(tmp_path: Path) -> None:
    """However the kernel would cut it."""
    lines = b"a" * SHORT_BYTES + b"\n" + b"b" * CHUNK_BYTES
    (tmp_path / "f").write_bytes(lines)
    assert File(str(tmp_path / "f")).read() == read_once(str(tmp_path / "f")) == lines


def test_a_real_file_is_whole() -> None:
    """What the kernel makes in pieces, and what it makes at once."""
    for name in ("vmstat", "meminfo", "loadavg", "net/sockstat"):
        path = f"/proc/{name}"
        assert len(File(path).read().splitlines()) == len(read_once(path).splitlines())


def test_opens_again_after_failure(tmp_path: Path) -> None:
    """A file that was not there is read once it is."""
    file = File(str(tmp_path / "later"))
    with pytest.raises(FileNotFoundError):
        file.read()
    (tmp_path / "later").write_bytes(b"here")
    assert file.read() == b"here"


def test_close_gives_the_descriptor_back(tmp_path: Path) -> None:
    """After close the next read opens what is there by then."""
    path = tmp_path / "stat"
    path.write_bytes(b"1")
    file = File(str(path))
    file.read()
    file.close()
    path.unlink()
    with pytest.raises(FileNotFoundError):
        file.read()


def test_read_once(tmp_path: Path) -> None:
    """One whole content."""
    (tmp_path / "f").write_bytes(b"x" * (CHUNK_BYTES + 5))
    assert read_once(str(tmp_path / "f")) == b"x" * (CHUNK_BYTES + 5)


@pytest.mark.parametrize(("data", "expected"), [(b"\nMemFree:   12 kB", 12), (b"nothing", None), (b"\nMemFree:7", 7)])
def test_number_after(data: bytes, expected: int | None) -> None:
    """The number behind a mark, if the mark is there."""
    assert number_after(data, b"\nMemFree:") == expected


@pytest.mark.parametrize("data", [b"\nMemFree:", b"\nMemFree: x"])
def test_number_after_refuses_what_is_no_number(data: bytes) -> None:
    """A mark without a number is an error."""
    with pytest.raises(ValueError, match=r"number|literal"):
        number_after(data, b"\nMemFree:")


def test_sync_takes_files_and_folders(tmp_path: Path) -> None:
    """And says what is not there."""
    file = tmp_path / "x"
    file.write_bytes(b"x")
    sync(file)
    sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "y")
