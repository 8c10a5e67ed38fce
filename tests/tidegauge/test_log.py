"""Logging: one line an event, to standard error, from a level up."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from tidegauge import log


@pytest.fixture(autouse=True)
def _root_logger() -> Iterator[None]:
    """The root logger as it was, after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_an_event_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, module and text stand in one line; below the level nothing is said."""
    log.configure("WARNING")
    logging.getLogger("room.module").warning("spool_full count=%d", 3)
    logging.getLogger("room.module").info("not said")
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"[-\d]+ [:,\d]+ WARNING room\.module spool_full count=3\n", err)


def test_configuring_twice_says_things_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A second set-up replaces the first."""
    log.configure()
    log.configure()
    logging.getLogger("x").info("once")
    assert capsys.readouterr().err.count("once") == 1
