"""Who is told which containers run."""

from __future__ import annotations

from typing import Any

from app import roster
from tests.app.rig import Rig
from tests.rows import record
from tidegauge.metrics.records import Entity, Event
from tidegauge.queries.known import Known

IMAGE = "registry.example/shop/api:1.4"


def container(name: str, **attributes: str) -> Entity:
    told = {f"container.{key.replace('_', '.')}": text for key, text in attributes.items()}
    return Entity(name, "container", "s", 1000, {"host.id": "h1", "container.name": name.upper(), **told})


def told(rig: Rig) -> list[list[tuple[str, str]]]:
    """Id and health of the containers of each message since the last call."""
    rig.node.read(0)
    rig.node.tell()
    messages = rig.told("containers")
    return [[(one["id"], one["health"]) for one in message["containers"]] for message in messages]


def happen(rig: Rig, kind: str, entity: str) -> None:
    event = Event(entity, rig.clock.wall_ms() * 1_000_000, kind)
    rig.post([record([], {}, seq=rig.clock.wall_ms() % 1_000_000, events=[event])])
    rig.clock.advance(1)


def test_a_container_is_told_with_all_that_is_known() -> None:
    """Names as pages show them; what is not known is the empty text."""
    one = container("c1", project="shop", service="api", image_name=IMAGE, runtime="podman", health="healthy")
    assert roster.row(Known("h1", one)) == ("c1", "C1", "shop", "api", IMAGE, "podman", "healthy")
    assert roster.row(Known("h1", Entity("c" * 64, "container", "s", 1000)))[2:] == ("",) * 5


def test_a_browser_is_told_at_once_and_on_each_change(rig: Rig) -> None:
    """Of its host alone: one that comes, whose health changes, that is stopped and starts again; else nothing."""
    rig.row(entity=container("c1", health="starting"), gauge=1.0)
    rig.row(entity=Entity("c9", "container", "s", 1000, {"host.id": "h9"}), gauge=1.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    assert told(rig) == [[("c1", "starting")]]
    rig.second(gauge=1.0)
    assert told(rig) == []
    rig.row(entity=container("c1", health="healthy"), gauge=1.0)
    assert told(rig) == [[("c1", "healthy")]]
    rig.row(entity=container("c2"), gauge=1.0)
    assert told(rig) == [[("c1", "healthy"), ("c2", "")]]
    happen(rig, "container.stopped", "c1")
    assert told(rig) == [[("c2", "")]]
    happen(rig, "container.started", "c1")
    assert told(rig) == [[("c1", "healthy"), ("c2", "")]]


def test_one_whose_rows_do_not_come_any_more_is_gone(rig: Rig) -> None:
    """Nobody told its end: it is seen within a second."""
    rig.row(entity=container("c1"), gauge=1.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    assert told(rig) == [[("c1", "")]]
    rig.clock.advance(200_000)
    assert told(rig) == [[]]


def test_a_page_of_one_is_told_of_that_one(rig: Rig) -> None:
    """If it runs."""
    for name in ("c1", "c2"):
        rig.row(entity=container(name), gauge=1.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m", "now", "c2")
    assert told(rig) == [[("c2", "")]]
    happen(rig, "container.stopped", "c2")
    assert told(rig) == [[]]


def test_hosts_are_found_by_their_containers(rig: Rig) -> None:
    """Each word in name, project, service, image, runtime or health; told again when that changes, a few by name."""
    rig.row(entity=container("c1", project="shop", image_name=IMAGE), gauge=1.0)
    rig.row(gauge=1.0)
    find = lambda text: rig.node.watch_host(rig.outbox, None, "now-5m", find=text)  # noqa: E731
    found = lambda: [message["hosts"] for message in rig.told("found")]  # noqa: E731
    find("SHOP api:1.4")
    assert found() == [{"h1": {"names": ["C1"], "count": 1}}]
    find("shop db")
    assert found() == [{}]
    for name in ("c4", "c3", "c2"):
        rig.row(entity=container(name, project="shop", service="db"), gauge=1.0)
    rig.node.tell()
    assert found()[-1] == {"h1": {"names": ["C2", "C3", "C4"], "count": 3}}
    find(" ")
    rig.row(entity=container("c5", project="shop", service="db"), gauge=1.0)
    rig.node.tell()
    assert found() == []


def test_who_left_is_told_nothing(rig: Rig) -> None:
    """Nor who looks at all hosts; those are told how many run."""
    rig.row(gauge=1.0)
    rig.row(entity=container("c1", health="unhealthy"), gauge=1.0)
    rig.node.watch_host(rig.outbox, "h1", "now-5m")
    rig.node.watch_host(rig.outbox, None, "now-5m")
    presence: list[dict[str, Any]] = [one for one in rig.told() if one["type"] == "presence"]
    assert [(one["containers"], one["unhealthy"]) for one in presence[-1]["hosts"]] == [(1, 1)]
    rig.node.leave(rig.outbox)
    rig.row(entity=container("c2"), gauge=1.0)
    assert told(rig) == []
