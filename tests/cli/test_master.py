"""gunicorn as every server runs it; tests/cli/test_up.py and tests/e2e start and end it for real."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import master
from cli.up import create_up
from ingest_api.committer import MAX_WAITING
from tidegauge import settings


@pytest.fixture
def _root_logger() -> Iterator[None]:
    """What is configured is put back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root_logger")
def test_a_store_that_cannot_be_opened_ends_it_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, one line, nobody is greeted."""
    (tmp_path / "file").write_text("x")
    told = settings.read({"store": f"embedded:{tmp_path}/file/var"}, {})
    greeted: list[bool] = []
    with pytest.raises(SystemExit) as caught:
        master.serve(told, create_up, lambda: greeted.append(True))
    assert (caught.value.code, greeted) == (4, [])
    assert "file/var" in capsys.readouterr().err


def test_health_checks_never_stand_behind_those_who_wait_for_the_store() -> None:
    """There are more threads than requests that may wait (rule 6)."""
    assert master.THREADS > MAX_WAITING


def test_as_many_files_may_be_open_as_the_system_lets_us() -> None:
    """A usual soft limit is less than the browsers of a node."""
    before, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(before, 512), most))
    try:
        master.allow_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (before, most))
