"""A state folder that was copied from another host, as a cloned machine has it: nothing of the other's is sent as ours.

The folder names its host in `owner`. When this machine is another one, what is of that host goes to
`others/HOST/`; it comes back when this machine is told to be that host. The caller has locked the folder.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from collector.files import sync

log = logging.getLogger(__name__)

OWNER = "owner"
OTHERS = "others"
BELONGINGS = ("last", "spool", "dead-letters")
KEPT_HOSTS = 1
"""Of how many other hosts the belongings are kept: each may take as much as the queue of this one."""


class Aside(msgspec.Struct, frozen=True):
    """What was set aside: of which host, where, and how much."""

    host: str
    folder: str
    size_bytes: int


def settle_in(state: Path, host: str) -> list[Aside]:
    """Make a state folder that of a host, and say what of other hosts lies in it. Raises OSError.

    1. What is of the host that the folder names goes aside, if that is another one.
    2. The folder names this host; a process that is killed before this begins again.
    3. What lies aside of this host comes back, where nothing else is.
    4. Of other hosts only the last ones are kept.
    """
    owner = _owner(state)
    if owner not in (None, host):
        _set_aside(state, state / OTHERS / owner)
        log.warning("state_of_another_host host=%s other=%s set_aside=%s", host, owner, state / OTHERS / owner)
    if owner != host:
        _name(state, host)
    _bring_back(state / OTHERS / host, state)
    return _kept(state / OTHERS)


def _owner(state: Path) -> str | None:
    """The host that the folder names; a name that cannot be one is none."""
    try:
        text = (state / OWNER).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    return text if text and text.isprintable() and "/" not in text and not text.startswith(".") else None


def _name(state: Path, host: str) -> None:
    new = state / f"{OWNER}.new"
    new.write_text(host, encoding="utf-8")
    sync(new)
    new.replace(state / OWNER)
    sync(state)


def _set_aside(state: Path, aside: Path) -> None:
    aside.mkdir(parents=True, exist_ok=True)
    found = [name for name in BELONGINGS if (state / name).exists()]
    for name in found:
        if (aside / name).exists():
            (aside / name).rename(aside / f"{name}.{time.time_ns()}")
    _move(found, state, aside)


def _bring_back(aside: Path, state: Path) -> None:
    if aside.is_dir():
        _move([name for name in BELONGINGS if (aside / name).exists() and not (state / name).exists()], aside, state)
        with suppress(OSError):
            aside.rmdir()


def _move(names: Sequence[str], source: Path, target: Path) -> None:
    for name in names:
        (source / name).rename(target / name)
    sync(target)
    sync(source)


def _kept(others: Path) -> list[Aside]:
    """What lies aside, the last first; of hosts beyond the bound it is removed."""
    if not others.is_dir():
        return []
    folders = sorted(others.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in folders[KEPT_HOSTS:]:
        log.warning("state_of_another_host_removed folder=%s", folder)
        shutil.rmtree(folder, ignore_errors=True)
    return [Aside(folder.name, str(folder), _size(folder)) for folder in folders[:KEPT_HOSTS]]


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
