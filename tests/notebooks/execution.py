"""Executes the notebooks as a person's Jupyter would, each in a kernel of its own that is ended."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "notebooks"
CELL_SECONDS, START_SECONDS = 120, 120


def execute(name: str, environ: Mapping[str, str]) -> Any:
    """A notebook with the outputs of all its cells; environ: what its shell would name.

    Figures are kept as their numbers alone. Raises nbclient's CellExecutionError for a cell that fails.
    """
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
        record_timing=False,
        startup_timeout=START_SECONDS,
    )
    own = {"PLOTLY_RENDERER": "plotly_mimetype", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::FutureWarning"}
    return client.execute(env={**os.environ, **own, **environ})


def texts(notebook: Any) -> str:
    """All that its cells said as text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)
