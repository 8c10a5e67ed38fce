"""Where containers are in a cgroup hierarchy: known by the names engines give their cgroups."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_SCOPE = re.compile(r"(docker|libpod|libpod-payload|cri-containerd|crio)-([0-9a-f]{64})(?:\.scope)?")
_PLAIN = re.compile(r"[0-9a-f]{64}")
_RUNTIMES = {
    "docker": "docker",
    "libpod": "podman",
    "libpod-payload": "podman",
    "cri-containerd": "containerd",
    "crio": "cri-o",
}
MAX_DEPTH = 12


class Scope(NamedTuple):
    """A container's cgroup. path: from the hierarchy's root. runtime: "" where the name does not say."""

    id: str
    runtime: str
    path: str


def identify(parent: str, name: str) -> tuple[str, str] | None:
    """(container id, runtime) of a cgroup `name` in the cgroup `parent`; None for any other cgroup."""
    if match := _SCOPE.fullmatch(name):
        return match[2], _RUNTIMES[match[1]]
    if _PLAIN.fullmatch(name) and (parent.endswith("docker") or "kubepods" in parent):
        return name, "docker" if parent.endswith("docker") else ""
    return None


class Tree:
    """A hierarchy that is walked again and again; folders are listed anew only when they changed.

    The kernel counts a cgroup's children in its link count, so a look is one stat a folder. One
    child gone and another come in between shows only in a fresh walk.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._known: dict[str, tuple[int, list[str]]] = {}

    def walk(self, fresh: bool) -> list[Scope]:
        """All containers; what is inside a container is the container's own."""
        before, self._known = {} if fresh else self._known, {}
        return list(self._scopes("", before, MAX_DEPTH))

    def _scopes(self, path: str, before: dict[str, tuple[int, list[str]]], depth: int) -> Iterator[Scope]:
        for name in self._children(path, before) if depth else ():
            child = f"{path}/{name}"
            if found := identify(path, name):
                yield Scope(*found, child)
            else:
                yield from self._scopes(child, before, depth - 1)

    def _children(self, path: str, before: dict[str, tuple[int, list[str]]]) -> list[str]:
        with suppress(FileNotFoundError, NotADirectoryError):
            links = Path(self._root + path).stat().st_nlink
            known = before.get(path)
            if known is None or known[0] != links or links < 2:
                known = links, _folders(self._root + path)
            self._known[path] = known
            return known[1]
        return []


def _folders(path: str) -> list[str]:
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
