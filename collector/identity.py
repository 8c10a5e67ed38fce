"""Who a host is: its stable id, and what describes it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

from collector.files import read_once
from collector.readings import Roots, printable

_APPLICATION = b"tidegauge host id 1"


class Host(NamedTuple):
    """A host as its rows name it. start: the life of its counters. attributes: see `describe`."""

    id: str
    name: str
    start: str
    attributes: Mapping[str, str]

    @property
    def shared(self) -> dict[str, str]:
        """The attributes that everything of this host carries."""
        return {name: self.attributes[name] for name in ("host.id", "host.name", "fleet")}


def this_host(
    roots: Roots, fleet: str, labels: Iterable[tuple[str, str]], kept_id: Callable[[], str], given: str = ""
) -> Host:
    """The machine below `roots`; its id is the one `given`, else its own, else that of `kept_id`. Raises OSError."""
    machine = _text(f"{roots.root}/etc/machine-id")
    name = _name(roots) or "localhost"
    boot = read_once(f"{roots.proc}/sys/kernel/random/boot_id").decode().strip()
    host = given or (host_id(machine) if machine else kept_id())
    return describe(host, name, boot, fleet, labels, _os_name(f"{roots.root}/etc/os-release"))


def describe(host: str, name: str, start: str, fleet: str, labels: Iterable[tuple[str, str]], os: str) -> Host:
    """A host with its attributes: host.id, host.name, fleet, os.type, os.description, labels.K."""
    attributes = {"host.id": host, "host.name": name, "fleet": fleet, "os.type": "linux", "os.description": os}
    attributes.update({f"labels.{key}": value for key, value in labels})
    return Host(host, name, start, attributes)


def host_id(machine_id: str) -> str:
    """An id that follows from the machine's own but does not show it (machine-id(5) asks for that)."""
    return hmac.new(machine_id.encode(), _APPLICATION, hashlib.sha256).hexdigest()[:32]


def _name(roots: Roots) -> str:
    """The kernel's name of this machine; a container has another one than its host, whose is in a file."""
    told = _text(f"{roots.root}/etc/hostname") if roots.foreign else ""
    return told or _text(f"{roots.proc}/sys/kernel/hostname")


def _text(path: str) -> str:
    with suppress(OSError):
        return printable(read_once(path).strip())
    return ""


def _os_name(path: str) -> str:
    """What os-release(5) calls the system."""
    with suppress(OSError):
        for line in read_once(path).split(b"\n"):
            key, _, value = line.partition(b"=")
            if key == b"PRETTY_NAME":
                return printable(value.strip(b"\"' "))
    return "Linux"
