"""The collector in a folder that anyone may read: what its image holds, for sandboxes of tests."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PYTHON = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
"""Not the one of .venv, whose folder others need not be able to read."""

KINDS = ("host", "cpu", "disk", "filesystem", "network", "processes")
"""What stays as it is between two samples, unlike programs and containers."""


@contextmanager
def bundled() -> Iterator[Path]:
    """The folder, with all that the collector imports."""
    folder = Path(tempfile.mkdtemp(prefix="tidegauge-bundle-"))
    try:
        folder.chmod(0o755)
        for name in ("click", "msgspec"):
            spec = importlib.util.find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            shutil.copytree(Path(spec.origin).parent, folder / name)
        for name in ("tidegauge", "collector"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        yield folder
    finally:
        shutil.rmtree(folder)


def words(*arguments: str) -> list[str]:
    """The command line of a collector from the folder."""
    return [str(PYTHON), "-m", "collector", *arguments]


def environment(bundle: Path, **told: str) -> dict[str, str]:
    """What it is told, and nothing of ours."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1", **told}


def once(bundle: Path, *arguments: str, within: str = "exec COLLECTOR") -> dict[str, Any]:
    """One sample, in a sandbox made by a shell's `within`."""
    script = within.replace("COLLECTOR", " ".join(words("once", "--json", *arguments)))
    done = subprocess.run(
        ["sh", "-ec", script], capture_output=True, text=True, env=environment(bundle), cwd="/", timeout=60
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def entities(record: dict[str, Any]) -> dict[str, set[str]]:
    """By id of each entity of KINDS, the metrics that it has."""
    found = {}
    for block in record["blocks"]:
        if block["kind"] in KINDS:
            columns = list(zip(block["columns"], block["values"], strict=True))
            for r, e in enumerate(block["entity"]):
                names = {column["name"] for column, values in columns if values[r] is not None}
                found[block["entities"][e]["id"]] = names
    return found


def host_name(record: dict[str, Any]) -> str:
    """What the host is called."""
    (block,) = (block for block in record["blocks"] if block["kind"] == "host")
    name: str = block["entities"][0]["attributes"]["host.name"]
    return name
