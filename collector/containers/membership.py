"""In which container a process is, as its /proc/<pid>/cgroup tells it (cgroups(7)). Pure."""

from __future__ import annotations

from functools import lru_cache

from collector.containers.scopes import identify


def container_of(cgroup: bytes) -> str:
    """The full id of the outermost container, whatever is inside it; "" for none.

    Version 1 has a line a controller, and some of them may not be the engine's.
    """
    paths = {line.split(b":", 2)[-1] for line in cgroup.splitlines()}
    return max((_container(path) for path in paths), default="")


@lru_cache(1024)
def _container(path: bytes) -> str:
    parent = ""
    for name in path.decode(errors="replace").split("/"):
        if name and (found := identify(parent, name)):
            return found[0]
        parent = f"{parent}/{name}" if name else parent
    return ""
