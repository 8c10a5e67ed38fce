"""What programs of containers are called: by their container's name, where it is known. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from collector.readings import Reading
from tidegauge.metrics.records import CONTAINER

PROGRAM = "process"
ID, NAME = "container.id", "container.name"


def about(program: str, container: str, name: str) -> dict[str, str]:
    """The attributes of a program in a container of that id and name."""
    return {"device": f"{program} in {name}", ID: container, NAME: name}


def called(readings: list[Reading]) -> list[Reading]:
    """The readings of a tick, in their order: programs by the names that the containers among them have."""
    names = {one.name: one.attributes[NAME] for one in readings if one.kind == CONTAINER and NAME in one.attributes}
    return list(_called(readings, names)) if names else readings


def _called(readings: Iterable[Reading], names: Mapping[str, str]) -> Iterable[Reading]:
    for one in readings:
        container = one.attributes.get(ID, "") if one.kind == PROGRAM else ""
        if container in names:
            program = one.name.rpartition("@")[0]
            one = one._replace(attributes={**one.attributes, **about(program, container, names[container])})
        yield one
