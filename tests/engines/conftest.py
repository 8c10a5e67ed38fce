"""Engines that run, one of each for all tests."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.collector.scripted_server import ScriptedServer
from tests.engines.daemons import Docker, Engine, NoEngineError, Podman


@contextmanager
def running(kind: type[Engine]) -> Iterator[Engine]:
    """An engine in a folder of its own, whose path is short enough for a socket. Without one a test is skipped;
    in CI it fails, unless the kernel forbids it."""
    engine = kind(Path(tempfile.mkdtemp(prefix="tg-")))
    try:
        engine.start()
        yield engine
    except NoEngineError as error:
        text = f"NO {kind.runtime.upper()}, containers of it are not tested: {error}"
        if os.environ.get("CI") == "true" and not error.forbidden:
            pytest.fail(text)
        pytest.skip(text)
    finally:
        engine.stop()


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[Engine]:
    """Docker."""
    with running(Docker) as engine:
        yield engine


@pytest.fixture(scope="session")
def podman_engine() -> Iterator[Engine]:
    """Podman."""
    with running(Podman) as engine:
        yield engine


@pytest.fixture
def docker(docker_engine: Engine) -> Iterator[Engine]:
    """Docker without a container."""
    yield docker_engine
    docker_engine.clear()


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ("docker", "podman")])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine, without a container."""
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    yield found
    found.clear()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A scripted server that runs."""
    with ScriptedServer() as made:
        yield made
