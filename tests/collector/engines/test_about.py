"""What engines know of containers, recorded and made."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.engines.about import About, read_about
from collector.engines.rows import ENGINES
from collector.engines.told import EngineError
from tests.collector.engines.scripted_engine import FIXTURES

DOCKER, PODMAN = ENGINES


def about(path: str, *labels: str) -> About:
    """A fixture's answer, read."""
    body = (FIXTURES / f"{path}.json").read_bytes()
    return read_about(body, DOCKER if path.startswith("docker") else PODMAN, labels)


def test_a_running_one() -> None:
    """Name, image, project, service, health; of the labels those that were asked for."""
    found = about("docker-20.10/running", "team", "nobody")
    assert dict(found.attributes) == {
        "container.name": "load2",
        "container.runtime": "docker",
        "container.image.name": "bb:1",
        "container.project": "shop",
        "container.service": "web",
        "container.labels.team": "a",
    }
    assert (found.health, found.exit_code, found.finished_ns) == ("unhealthy", "", 0)


def test_podman() -> None:
    """The image in full; the labels of its own compose tool."""
    found = about("podman-4.3/running")
    assert (found.attributes["container.image.name"], found.health) == ("localhost/bb:1", "starting")
    later = about("podman-5/running")
    assert (later.attributes["container.project"], later.attributes["container.service"]) == ("shop", "db")
    assert later.health == ""


@pytest.mark.parametrize(
    ("path", "code", "oom"),
    [
        ("docker-20.10/crashed", "3", False),
        ("docker-20.10/oom", "137", True),
        ("podman-4.3/crashed", "3", False),
        ("podman-4.3/oom", "137", False),
        ("docker-26/oom", "137", True),
        ("podman-5/crashed", "1", False),
    ],
)
def test_ended(path: str, code: str, oom: bool) -> None:
    """With which code, when, and whether the engine says that memory ran out: Podman 4.3 does not."""
    found = about(path)
    assert (found.exit_code, found.oom, found.finished_ns > 1_600_000_000 * 10**9) == (code, oom, True)


def test_never_run() -> None:
    """One that was only created has no end: engines write the year 1."""
    body = b'{"Name":"/x","State":{"Running":false,"ExitCode":0,"FinishedAt":"0001-01-01T00:00:00Z"}}'
    assert read_about(body, DOCKER, ()).finished_ns == 0


@given(body=st.binary() | st.text().map(str.encode))
def test_any_bytes(body: bytes) -> None:
    """Whatever an answer holds, it is read or is an error of ours."""
    with suppress(EngineError):
        read_about(body, DOCKER, ("a",))
