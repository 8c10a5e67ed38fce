"""`python -m tests.notebooks`: executes the notebooks on the data that they tell of, and keeps their outputs.

Figures get a picture beside their numbers, for readers that draw none. Needs Chromium and an Elasticsearch.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from tests.e2e.conftest import ARGUMENTS
from tests.elasticsearch import server
from tests.notebooks import capacity, pictures
from tests.notebooks.execution import FOLDER, execute
from tests.notebooks.telling import tell
from tests.site import listening
from tidegauge.storage.open import open_store

PORT = 8050
"""As a person's own node has, so that outputs name no other."""


def main() -> int:
    """Execute all three, and write them."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("pictures need a Chromium\n")
        return 1
    with tempfile.TemporaryDirectory() as folder, listening(Path(folder), PORT) as site:
        tell(site)
        made = {name: execute(name, {"TIDEGAUGE_URL": f"http://{site.host}"}) for name in ("first_look", "an_incident")}
    with server.any_server() as url:
        server.wipe(url)
        store = open_store(url, retention_days=capacity.DAYS, summary_days=90)
        capacity.store_all(store)
        store.close()
        capacity.settle(url)
        made["fleet_capacity"] = execute("fleet_capacity", {"TIDEGAUGE_STORE": url})
    for name, notebook in made.items():
        pictures.add(notebook, chromium, ARGUMENTS)
        _write(name, notebook)
    return 0


def _write(name: str, notebook: Any) -> None:
    notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"], "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {}
    nbformat.write(notebook, FOLDER / f"{name}.ipynb")


if __name__ == "__main__":
    sys.exit(main())
