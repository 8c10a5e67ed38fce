"""The notebook API as a wheel, served by each web node: a pasted cell installs what this node speaks.

The wheel is made of this very package, `tidegauge` alone, at the first request: a zip of its files with
the metadata of the installed distribution, less what belongs to the servers (PEP 427, core metadata 2.4).
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from flask import Blueprint, Response, request, url_for

import tidegauge
from tidegauge.sessions.errors import error

NAME = f"tidegauge-{tidegauge.__version__}-py3-none-any.whl"
MIMETYPE = "application/zip"
LICENSE = "licenses/LICENSE"

EXTRAS = ("client", "elasticsearch")
"""Of the distribution, those that notebooks need; the package itself needs msgspec."""
_SERVERS = ("click",)
_KEPT = ("Summary", "License-Expression", "License-File", "Requires-Python")
_INFO = f"tidegauge-{tidegauge.__version__}.dist-info"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def create_blueprint() -> Blueprint:
    """GET /api/v1/client/NAME."""
    blueprint = Blueprint("wheel", __name__, url_prefix="/api/v1/client")
    shelf = Shelf()

    @blueprint.get("/<filename>")
    def wheel(filename: str) -> Response:
        if filename != NAME:
            place = url_for("wheel.wheel", filename=NAME, _external=True)
            return error(404, "not_found", f"this node has no {filename[:80]!r}", f"pip install '{install(place)}'")
        try:
            response = Response(shelf.wheel(), mimetype=MIMETYPE)
        except metadata.PackageNotFoundError:
            return error(503, "wheel", "this node runs from a folder, not installed", "pip install -e its folder")
        response.set_etag(shelf.digest)
        return response.make_conditional(request)  # type: ignore[return-value]  # werkzeug's is the base class

    return blueprint


def install(url: str) -> str:
    """What pip installs from a wheel's address, with what notebooks need."""
    return f"tidegauge[client] @ {url}"


class Shelf:
    """The wheel, made once. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made = b""
        self.digest = ""

    def wheel(self) -> bytes:
        """Its bytes: the same for the same files. Raises PackageNotFoundError."""
        with self._lock:
            if not self._made:
                self._made = build(Path(tidegauge.__file__).parent, metadata.distribution("tidegauge"))
                self.digest = hashlib.sha256(self._made).hexdigest()[:32]
            return self._made


def build(package: Path, installed: metadata.Distribution) -> bytes:
    """A wheel of a package's folder, with its distribution's metadata and license."""
    files = {f"{package.name}/{path.relative_to(package)}": path.read_bytes() for path in _files(package)}
    files[f"{_INFO}/METADATA"] = describe(installed.metadata).encode()
    files[f"{_INFO}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tidegauge\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if text := installed.read_text(LICENSE):
        files[f"{_INFO}/{LICENSE}"] = text.encode()
    listed = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in files.items()]
    files[f"{_INFO}/RECORD"] = "\n".join([*listed, f"{_INFO}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _files(package: Path) -> Iterator[Path]:
    found = (path for path in sorted(package.rglob("*")) if path.is_file())
    return (path for path in found if "__pycache__" not in path.parts and not path.name.startswith("."))


def describe(about: metadata.PackageMetadata) -> str:
    """METADATA: the distribution's own, with the requirements and extras of notebooks alone."""
    lines = ["Metadata-Version: 2.4", "Name: tidegauge", f"Version: {tidegauge.__version__}"]
    lines += [f"{name}: {about[name]}" for name in _KEPT if about[name]]
    lines += [f"Provides-Extra: {extra}" for extra in EXTRAS]
    lines += [f"Requires-Dist: {one}" for one in about.get_all("Requires-Dist") or () if _is_kept(one)]
    return "\n".join([*lines, ""])


def _is_kept(requirement: str) -> bool:
    """Whether the notebook API asks for it: for itself, or in one of its extras."""
    name = re.split(r"[^A-Za-z0-9_.-]", requirement)[0]
    extra = re.search(r"""extra == ["']([^"']+)["']""", requirement)
    return extra[1] in EXTRAS if extra else name not in _SERVERS


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
