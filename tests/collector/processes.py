"""Processes as /proc shows them, for tests to make."""

from __future__ import annotations

from pathlib import Path

from collector.programs.process_stat import KERNEL_THREAD


def stat(
    command: str,
    *,
    state: str = "S",
    kernel: bool = False,
    ticks: int = 0,
    threads: int = 1,
    began: int = 1,
    pages: int = 1,
) -> bytes:
    """A stat file."""
    flags = KERNEL_THREAD if kernel else 4194560
    before = f"7 ({command}) {state} 1 7 7 0 -1 {flags} 11088 505 1 2 {ticks} 0 9 9 20 0 {threads} 0 {began} 2990080"
    return f"{before} {pages} 18446744073709551615 0 0 0 0\n".encode()


def put(proc: Path, pid: int, data: bytes, **files: bytes) -> Path:
    """A process below `proc`; files: others of its, by name."""
    folder = proc / str(pid)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stat").write_bytes(data)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
