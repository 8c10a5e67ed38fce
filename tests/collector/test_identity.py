"""Who a host is."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.identity import describe, host_id, this_host
from collector.readings import Roots
from collector.readings import roots as roots_below
from tests.collector.machine import BOOT, roots

MACHINE_ID = "0123456789abcdef0123456789abcdef"


def never() -> str:
    """For a machine that has an id of its own."""
    raise AssertionError("asked for an id")


def test_capture() -> None:
    """The id follows from the machine's; the rest describes it."""
    host = this_host(roots("machine"), "default", [("rack", "7")], never)
    assert (host.id, host.name, host.start) == (host_id(MACHINE_ID), "vm", BOOT)
    assert host.attributes == {
        "host.id": host.id,
        "host.name": "vm",
        "fleet": "default",
        "os.type": "linux",
        "os.description": "Debian GNU/Linux 12 (bookworm)",
        "labels.rack": "7",
    }
    assert host.shared == {"host.id": host.id, "host.name": "vm", "fleet": "default"}


def test_machine_id_is_not_shown() -> None:
    """The id is stable, another one for each machine, and does not give the machine's away."""
    assert host_id(MACHINE_ID) == host_id(MACHINE_ID) != host_id(MACHINE_ID[::-1])
    assert MACHINE_ID not in host_id(MACHINE_ID)


def test_an_id_that_was_given() -> None:
    """It counts before the machine's own."""
    assert this_host(roots("machine"), "default", [], never, "web-1").id == "web-1"


def test_machine_without_an_id(tmp_path: Path) -> None:
    """The kept id is used; what cannot be read is described plainly."""
    (tmp_path / "sys/kernel/random").mkdir(parents=True)
    (tmp_path / "sys/kernel/random/boot_id").write_text("boot\n")
    host = this_host(Roots(str(tmp_path), root=str(tmp_path)), "default", [], lambda: "kept")
    assert (host.id, host.name, host.attributes["os.description"]) == ("kept", "localhost", "Linux")


def test_machine_without_a_boot_id(tmp_path: Path) -> None:
    """Without it the life of counters is unknown: an error."""
    with pytest.raises(OSError, match="No such file"):
        this_host(Roots(str(tmp_path), root=str(tmp_path)), "default", [], lambda: "kept")


def test_labels_are_no_identity() -> None:
    """Two hosts of one name and different ids stay two."""
    one, two = (describe(name, "web", "boot", "f", [], "Linux") for name in ("a", "b"))
    assert one.id != two.id


def test_a_host_seen_from_a_container_has_its_own_name(tmp_path: Path) -> None:
    """The kernel tells a container's name there; the host's stands in its file."""
    (tmp_path / "proc/sys/kernel/random").mkdir(parents=True)
    (tmp_path / "proc/sys/kernel/random/boot_id").write_text("boot\n")
    (tmp_path / "proc/sys/kernel/hostname").write_text("0123456789ab\n")
    assert this_host(roots_below(str(tmp_path)), "default", [], lambda: "kept").name == "0123456789ab"
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hostname").write_text("web-1\n")
    assert this_host(roots_below(str(tmp_path)), "default", [], lambda: "kept").name == "web-1"
    assert this_host(Roots(f"{tmp_path}/proc", root=str(tmp_path)), "f", [], lambda: "kept").name == "0123456789ab"
