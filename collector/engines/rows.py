"""What differs between engines that speak Docker's API, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

START, DIE, OOM, ASKED, HEALTH, CHANGED = "start", "die", "oom", "asked", "health", "changed"
"""What an engine tells, in our words. ASKED: somebody stops or kills it. CHANGED: ask again what it is."""

_DOCKER = {
    "start": START,
    "die": DIE,
    "oom": OOM,
    "kill": ASKED,
    "rename": CHANGED,
    "update": CHANGED,
    "health_status": HEALTH,
}


class Row(NamedTuple):
    """An engine. component: how its answer to /version names it. sockets: where it listens, as patterns.

    actions: its words for what happens. exit_code: the attributes of an event that may hold it.
    project, service: the labels that compose tools set.
    """

    runtime: str
    component: str
    sockets: tuple[str, ...]
    actions: Mapping[str, str]
    exit_code: tuple[str, ...] = ("exitCode",)
    project: tuple[str, ...] = ("com.docker.compose.project",)
    service: tuple[str, ...] = ("com.docker.compose.service",)


ENGINES = (
    Row("docker", "Engine", ("/var/run/docker.sock", "/run/docker.sock", "/run/user/*/docker.sock"), _DOCKER),
    Row(
        "podman",
        "Podman Engine",
        ("/run/podman/podman.sock", "/run/user/*/podman/podman.sock"),
        # its own API says died, and so do some versions under Docker's; a stop and a restart come before the end
        {**_DOCKER, "died": DIE, "stop": ASKED, "restart": ASKED},
        exit_code=("exitCode", "containerExitCode"),
        project=("com.docker.compose.project", "io.podman.compose.project"),
        service=("com.docker.compose.service", "io.podman.compose.service"),
    ),
)


def row_of(component: str) -> Row:
    """The engine that calls itself so; one that is not known is taken for Docker's like."""
    return next((row for row in ENGINES if row.component == component), ENGINES[0])
