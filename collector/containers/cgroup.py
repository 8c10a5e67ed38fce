"""A container's numbers from its cgroup's files, whichever version (kernel's admin-guide/cgroup-v1, -v2)."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Protocol

from collector.files import File, read_once

Values = dict[str, float]


class Cgroup(Protocol):
    """One container's files, kept open; used by one thread."""

    def read(self) -> Values:
        """`container.*`: what its controllers do not give is absent. Raises OSError once it is gone."""
        ...

    def processes(self) -> list[int]:
        """The ids of its processes, those of inner cgroups too; none once it is gone."""
        ...


def or_empty(file: File) -> bytes:
    """A file's content; nothing if there is no such file, as its controller is not there."""
    try:
        return file.read()
    except FileNotFoundError:
        return b""


def pids(folder: str) -> list[int]:
    """The processes of a cgroup and of those inside it."""
    found: list[int] = []
    for path, _, names in os.walk(folder):
        # one may go meanwhile, and of a threaded cgroup the kernel does not say it
        with suppress(OSError):
            if "cgroup.procs" in names:
                found += [int(word) for word in read_once(f"{path}/cgroup.procs").split()]
    return found


def put(values: Values, name: str, number: int | None, divisor: int = 1) -> None:
    """Add a number that is known; `divisor` brings it to its unit."""
    if number is not None:
        values[name] = number if divisor == 1 else number / divisor


def put_memory(values: Values, usage: bytes, inactive_file: int | None) -> None:
    """Usage, and the working set: usage − inactive file cache, as `docker stats` and cAdvisor say it."""
    if usage:
        values["container.memory.usage"] = int(usage)
        if inactive_file is not None:
            values["container.memory.working_set"] = max(0, int(usage) - inactive_file)
