"""The door of the notebook API."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tidegauge
from tidegauge import client


def test_it_stands_at_the_top() -> None:
    """What a notebook's first cell names."""
    assert tidegauge.connect is client.connect
    assert tidegauge.figure is client.figure
    assert tidegauge.TidegaugeError is client.TidegaugeError
    assert {"connect", "connect_elasticsearch", "figure"} <= set(dir(tidegauge))
    with pytest.raises(AttributeError, match="no attribute 'conect'"):
        tidegauge.conect  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "unwanted"),
    [
        ("import tidegauge", {"pandas", "numpy", "plotly", "flask", "dash", "elasticsearch", "duckdb"}),
        ("import tidegauge; tidegauge.connect", {"flask", "dash", "elasticsearch", "duckdb"}),
    ],
)
def test_nothing_is_loaded_that_is_not_used(line: str, unwanted: set[str]) -> None:
    """The package alone loads no library of notebooks, the notebook API none of servers."""
    code = f"{line}; import sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not unwanted & set(loaded)
