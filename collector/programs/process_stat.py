"""A process as its /proc/<pid>/stat tells it (proc_pid_stat(5)). Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from collector.readings import printable

KERNEL_THREAD = 0x0020_0000
"""PF_KTHREAD of include/linux/sched.h: the flag of a task that is the kernel's own."""
_OWN_PART = re.compile(r"[/:-]")
"""Where a kernel thread's name goes on with its CPU, device or work."""


class ProcessStat(NamedTuple):
    """What is read of a process. ticks: of CPU so far; began: ticks from boot; pages: resident.

    command: up to 15 bytes for programs, and may hold anything.
    """

    command: bytes
    state: bytes
    kernel: bool
    ticks: int
    threads: int
    began: int
    pages: int


def parse(stat: bytes) -> ProcessStat:
    """A stat file. Raises ValueError, IndexError."""
    # the command is in brackets and may itself hold brackets
    begin, end = stat.index(b"("), stat.rindex(b")")
    words = stat[end + 2 :].split(None, 22)
    return ProcessStat(
        stat[begin + 1 : end],
        words[0],
        bool(int(words[6]) & KERNEL_THREAD),
        int(words[11]) + int(words[12]),
        int(words[17]),
        int(words[19]),
        int(words[21]),
    )


def name_of(stat: ProcessStat) -> str:
    """What a process is shown as: its command; of kernel threads only the kind, as [kworker]."""
    name = printable(stat.command)
    return f"[{_OWN_PART.split(name)[0]}]" if stat.kernel else name
