"""Lines of event streams, of real engines and made ones."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.engines.rows import ENGINES, Row, row_of
from collector.engines.told import EngineError, Told, read_line
from tests.collector.engines.scripted_engine import FIXTURES
from tidegauge.metrics.records import Event, Record
from tidegauge.metrics.wire import encode

RECORDED = ("docker-20.10", "docker-26", "podman-4.3", "podman-5")


def row(folder: Path) -> Row:
    """The engine of a fixture."""
    return row_of(msgspec.json.decode((folder / "version.json").read_bytes())["Components"][0]["Name"])


def told(name: str) -> list[Told]:
    """All that a fixture's stream tells."""
    folder = FIXTURES / name
    lines = (folder / "events.jsonl").read_bytes().splitlines()
    return [one for line in lines if (one := read_line(line, row(folder)))]


def ends(name: str) -> list[tuple[str, str]]:
    """Who ended with which code."""
    return [(one.name, one.exit_code) for one in told(name) if one.what == "die"]


def test_docker_as_recorded() -> None:
    """Docker 20.10: each start and end, with its code; a wish to end comes before it, SIGHUP is none."""
    assert ends("docker-20.10") == [
        ("crash", "3"),
        ("short", "0"),
        ("oom", "137"),
        ("tostop", "137"),
        ("tokill", "137"),
        ("graceful", "0"),
        ("load2", "137"),
    ]
    of_load = [one.what for one in told("docker-20.10") if one.name.startswith("load")]
    assert of_load == ["start", "health", "changed", "asked", "asked", "die", "start", "health"]
    assert [one.name for one in told("docker-20.10") if one.what == "oom"] == ["oom"]


def test_podman_as_recorded() -> None:
    """Podman 4.3: stops and restarts are wishes to end, and health stands beside the event."""
    assert ends("podman-4.3") == [
        ("crash", "3"),
        ("short", "0"),
        ("oom", "137"),
        ("tostop", "137"),
        ("tokill", "137"),
        ("graceful", "0"),
        ("load2", "137"),
    ]
    assert [one.status for one in told("podman-4.3") if one.what == "health"] == ["starting"]
    assert [one.name for one in told("podman-4.3") if one.what == "asked"] == ["tostop", "tokill", "load2"]


def test_later_versions() -> None:
    """Docker 26 and Podman 5, by either word for an end."""
    assert [one.status for one in told("docker-26") if one.what == "health"] == ["healthy", "unhealthy"]
    assert ends("docker-26") == [("shop-web-1", "137"), ("shop-web-1", "0")]
    health = [one.status for one in told("podman-5") if one.what == "health"]
    assert health == ["starting", "healthy", "healthy", "unhealthy"]
    assert ends("podman-5") == [("shop-db-1", "1"), ("shop-db-1", "143")]


@pytest.mark.parametrize(
    "line",
    [
        b'{"Type":"network","Action":"start","Actor":{"ID":"' + b"a" * 64 + b'"}}',
        b'{"Type":"container","Action":"start","Actor":{"ID":"../x"}}',
        b'{"Type":"container","Action":"top","Actor":{"ID":"' + b"a" * 64 + b'"}}',
        b"{}",
    ],
)
def test_what_does_not_matter(line: bytes) -> None:
    """Other things than containers, other words, and names that are no ids."""
    assert read_line(line, ENGINES[0]) is None


@given(line=st.binary() | st.text().map(str.encode), engine=st.sampled_from(ENGINES))
def test_any_bytes(line: bytes, engine: Row) -> None:
    """Whatever a line holds, it tells something, nothing, or is an error of ours."""
    with suppress(EngineError):
        read_line(line, engine)


@given(name=st.text(max_size=500), code=st.text(max_size=9), at=st.integers(0, 2**62))
def test_any_text_in_a_line(name: str, code: str, at: int) -> None:
    """A name with whatever characters, a code that is none: an event that a record can hold."""
    about = {"name": name, "exitCode": code}
    line = {"Type": "container", "Action": "die", "timeNano": at, "Actor": {"ID": "a" * 64, "Attributes": about}}
    found = read_line(msgspec.json.encode(line), ENGINES[0])
    assert found is not None
    assert found.name.isprintable()
    assert found.exit_code == "" or 0 <= int(found.exit_code) < 100_000
    event = Event(found.container, found.time_ns, "container.stopped", {"container.name": found.name})
    assert encode(Record(host="h", incarnation="1", seq=0, events=[event]))
