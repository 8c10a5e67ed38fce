"""What programs of containers are called."""

from __future__ import annotations

from collector.programs.program_names import about, called
from collector.readings import Reading

ID, OTHER = "a" * 64, "b" * 64
VALUES = {"process.count": 1.0}
WEB = Reading("container", ID, {"container.pids.count": 3}, attributes={"container.id": ID, "container.name": "web"})


def program(name: str, container: str) -> Reading:
    """A program of a container that is called by its id."""
    attributes = about(name, container, container[:12]) | {"process.command_line": "x"}
    return Reading("process", f"{name}@{container[:12]}", VALUES, "7", attributes)


def test_a_programs_container_is_named() -> None:
    """Beside what else is known of it; its id and its numbers stay."""
    before, host = program("nginx", ID), Reading("process", "nginx", VALUES, attributes={"device": "nginx"})
    assert called([WEB, host, before]) == [
        WEB,
        host,
        before._replace(attributes=about("nginx", ID, "web") | {"process.command_line": "x"}),
    ]


def test_what_is_not_known_stays() -> None:
    """A program of a container without a row, and a tick without containers."""
    other = program("nginx", OTHER)
    assert called([WEB, other]) == [WEB, other]
    assert called([other]) == [other]
