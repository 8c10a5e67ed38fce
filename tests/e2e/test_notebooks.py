"""The notebooks, executed as a person would, against real servers with data that they tell of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from tests.notebooks import capacity, pictures
from tests.notebooks.execution import FOLDER, execute, texts
from tests.notebooks.telling import tell
from tests.site import Site, listening
from tidegauge.storage.open import open_store

NAMES = ("first_look", "an_incident", "fleet_capacity")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A node that was told the story of the shop, as it happened."""
    with listening(tmp_path_factory.mktemp("shop")) as site:
        tell(site)
        yield site


@pytest.mark.processes
def test_first_look(shop: Site) -> None:
    """Hosts, containers, a query, figures, a link and live rows of a node."""
    told = texts(execute("first_look", {"TIDEGAUGE_URL": f"http://{shop.host}"}))
    assert f"<Tidegauge http://{shop.host}: 3 hosts, 5 containers, newest sample" in told
    points = re.search(r"'points': (\d+),\s+'expected': (\d+)", told)
    assert points is not None
    assert int(points[1]) == int(points[2]) >= 4 * 300


@pytest.mark.processes
def test_an_incident(shop: Site) -> None:
    """Finds the host, the reason of each hole, and the burst that a minute's mean hides."""
    told = texts(execute("an_incident", {"TIDEGAUGE_URL": f"http://{shop.host}"}))
    assert "'db-1'" in told
    assert "not measured: the collector did not run" in told
    assert "arrived late, by" in told
    assert "0.995" in told


@pytest.mark.elasticsearch
def test_fleet_capacity(elastic: str) -> None:
    """Finds the busy host, the disk that fills and the limit that is too small, from the indices alone."""
    store = open_store(elastic, retention_days=capacity.DAYS, summary_days=90)
    capacity.store_all(store)
    store.close()
    capacity.settle(elastic)
    told = texts(execute("fleet_capacity", {"TIDEGAUGE_STORE": elastic}))
    last = told[told.rindex("what") :]
    assert [line.split()[-1] for line in last.splitlines()[1:]] == ["search-1", "db-1:filesystem:/", "mail-1/filter"]


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_kept_with_their_outputs(name: str) -> None:
    """Every cell that shows something has shown it, figures as pictures too; nothing failed or names a machine."""
    notebook: Any = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    kinds = {output.output_type for cell in code for output in cell.outputs}
    assert kinds <= {"execute_result", "display_data"}
    assert sum(not cell.outputs for cell in code) <= 1
    figures = [output.data for cell in code for output in cell.outputs if output.output_type == "display_data"]
    assert all({pictures.FIGURE, "image/png"} <= set(data) for data in figures)
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert len(text) < 200_000
    assert not any(place in text for place in ("/home/", "/root/", "/tmp/"))
