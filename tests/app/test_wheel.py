"""The wheel of the notebook API: what is in it, how it is served, and that pip takes it."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

import tidegauge
from app import wheel
from tests.e2e.programs import running
from tests.site import Site, site

URL = f"/api/v1/client/{wheel.NAME}"


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(wheel.Shelf().wheel()))


@pytest.fixture
def web(tmp_path: Path) -> Site:
    with site(tmp_path) as made:
        yield made  # type: ignore[misc]


def test_it_holds_the_package_alone(archive: zipfile.ZipFile) -> None:
    """Every file of tidegauge and nothing else of ours: no program, no cache of Python's."""
    names = archive.namelist()
    folder = Path(tidegauge.__file__).parent
    assert {f"tidegauge/{path.relative_to(folder)}" for path in folder.rglob("*.py")} <= set(names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"tidegauge", f"tidegauge-{tidegauge.__version__}.dist-info"}
    assert not any("__pycache__" in name for name in names)


def test_its_record_is_true(archive: zipfile.ZipFile) -> None:
    """RECORD names each file with its hash and size."""
    (record,) = [name for name in archive.namelist() if name.endswith("/RECORD")]
    lines = {name: (digest, size) for name, digest, size in csv.reader(archive.read(record).decode().splitlines())}
    assert set(lines) == set(archive.namelist())
    for name in set(lines) - {record}:
        data = archive.read(name)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert lines[name] == (f"sha256={digest}", str(len(data)))


def test_its_metadata_are_those_of_notebooks(archive: zipfile.ZipFile) -> None:
    """The extras client and elasticsearch; nothing that only servers need."""
    (name,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
    told = metadata.PathDistribution(zipfile.Path(archive, name.removesuffix("METADATA")))
    assert (told.version, told.metadata["Name"]) == (tidegauge.__version__, "tidegauge")
    assert told.metadata.get_all("Provides-Extra") == ["client", "elasticsearch"]
    needed = {re.split("[<>]", line)[0] for line in told.requires or () if "extra" not in line}
    assert needed == {"msgspec"}
    wanted = {re.split("[<>]", line)[0] for line in told.requires or () if "client" in line}
    assert wanted == {"numpy", "pandas", "plotly"}


def test_it_is_the_same_each_time() -> None:
    """The same files make the same bytes, so that caches and hashes hold."""
    assert wheel.Shelf().wheel() == wheel.Shelf().wheel()


def test_a_node_serves_it(web: Site) -> None:
    """As a zip that is not packed again, and not sent again to who has it."""
    first = web.get(URL, **{"Accept-Encoding": "gzip"})
    assert (first.status_code, first.mimetype, first.headers.get("Content-Encoding")) == (200, "application/zip", None)
    assert first.data == wheel.Shelf().wheel()
    assert web.get(URL, **{"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_another_version_is_named(web: Site) -> None:
    """Who asks for another wheel is told what to install."""
    answer = web.get("/api/v1/client/tidegauge-0.0.1-py3-none-any.whl")
    assert answer.status_code == 404
    assert answer.json is not None
    assert answer.json["hint"] == f"pip install 'tidegauge[client] @ http://{web.host}{URL}'"


@pytest.mark.processes
def test_pip_installs_it_from_a_server(tmp_path: Path) -> None:
    """A new venv takes the wheel of a running `up` without any other package, and connects with it."""
    python = _venv(tmp_path / "venv", system=True)
    with running(tmp_path) as up:
        host = up.host()
        _run(python, "-m", "pip", "install", "--no-deps", "--no-index", f"http://127.0.0.1:{up.port}{URL}")
        code = (
            "import tidegauge; print(tidegauge.__file__); "
            f"print(tidegauge.connect('http://127.0.0.1:{up.port}').hosts()['id'].tolist())"
        )
        place, hosts = _run(python, "-c", code).splitlines()
    assert Path(place).is_relative_to(tmp_path / "venv")
    assert hosts == repr([host])


@pytest.mark.soak
def test_the_extra_needs_no_server(tmp_path: Path) -> None:
    """`tidegauge[client]` in a clean venv brings numpy, pandas and plotly, and none of the servers' packages."""
    python = _venv(tmp_path / "venv")
    file = tmp_path / wheel.NAME
    file.write_bytes(wheel.Shelf().wheel())
    _run(python, "-m", "pip", "install", "--quiet", f"tidegauge[client] @ {file.as_uri()}")
    listed = {line.split("==")[0].lower() for line in _run(python, "-m", "pip", "freeze").splitlines()}
    assert {"numpy", "pandas", "plotly", "msgspec"} <= listed
    assert not listed & {"dash", "flask", "duckdb", "gunicorn", "elasticsearch", "click"}
    assert _run(python, "-c", "import tidegauge; print(tidegauge.connect, tidegauge.figure)").startswith("<function")
    code = (
        "import tidegauge\n"
        "try: tidegauge.connect_elasticsearch('http://127.0.0.1:9200')\n"
        "except tidegauge.TidegaugeError as error: print(error.hint)"
    )
    assert _run(python, "-c", code).strip() == "pip install 'tidegauge[client,elasticsearch]'"


def _venv(folder: Path, *, system: bool = False) -> Path:
    """A venv's Python. system: it sees the packages of the Python that runs the tests, too."""
    _run(Path(sys.executable), "-m", "venv", str(folder))
    if system:
        (site_packages,) = folder.glob("lib/python*/site-packages")
        ours = [path for path in sys.path if path.endswith("site-packages")]
        (site_packages / "ours.pth").write_text("\n".join(ours) + "\n")
    return folder / "bin" / "python"


def _run(python: Path, *arguments: str) -> str:
    done = subprocess.run([str(python), *arguments], capture_output=True, text=True, check=False, cwd=python.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout
