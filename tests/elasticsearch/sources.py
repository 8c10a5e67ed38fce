"""Where an Elasticsearch comes from: a URL that is given, Docker, or Java with Maven.

What is downloaded is kept outside the tree, in the user's cache.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

VERSION, OLD_VERSION = "9.2.0", "8.19.3"
URL = "TIDEGAUGE_TEST_ES_URL"
JAVA = {VERSION: 21, OLD_VERSION: 17}
"""The least Java that a version runs on."""
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
ARTIFACT = "org.elasticsearch.distribution.integ-test-zip:elasticsearch"
IMAGE = "docker.elastic.co/elasticsearch/elasticsearch"
DOWNLOAD_SECONDS = 600

Tell = Callable[[str], None]


class NoServerError(Exception):
    """No Elasticsearch can be had here; says what is missing."""


def given_url() -> str:
    """The URL of a server that a person named; "" if none. Its tidegauge-* indices are removed by tests."""
    return os.environ.get(URL, "")


def docker_runs() -> bool:
    """Whether a Docker engine answers."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False).returncode == 0


def java_home(version: str) -> Path:
    """The home of a Java that runs this version. Raises NoServerError."""
    found = sorted(((major, home) for home in _java_homes() if (major := _java_major(home))), reverse=True)
    for major, home in found:
        if major >= JAVA[version]:
            return home
    there = ", ".join(f"{major} in {home}" for major, home in found) or "none"
    raise NoServerError(f"Elasticsearch {version} needs Java {JAVA[version]} or later; found {there}")


def _java_homes() -> Iterator[Path]:
    for name in ("ES_JAVA_HOME", "JAVA_HOME"):
        if home := os.environ.get(name):
            yield Path(home)
    yield from Path("/usr/lib/jvm").glob("*")
    if (java := shutil.which("java")) is not None:
        yield Path(java).resolve().parent.parent


def _java_major(home: Path) -> int:
    java = home / "bin" / "java"
    if not java.is_file():
        return 0
    told = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0


def unpacked(version: str, tell: Tell) -> Path:
    """The folder of an unpacked version, downloaded once for all who ask. Raises NoServerError.

    Elasticsearch refuses to run as root, and an unprivileged user cannot see into root's home: the
    folder is a public one then.
    """
    root = Path("/var/tmp/tidegauge-elasticsearch") if os.getuid() == 0 else _cache()
    home = root / f"elasticsearch-{version}"
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o755)
    with _locked(root / "lock"):
        if not (home / "bin" / "elasticsearch").exists():
            _unpack(_downloaded(version, tell), root, home)
    return home


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tidegauge"


def _downloaded(version: str, tell: Tell) -> Path:
    file = _cache() / f"elasticsearch-{version}.zip"
    if file.exists():
        return file
    if shutil.which("mvn") is None:
        raise NoServerError("Maven (mvn) is not installed: apt-get install maven")
    tell(f"downloading Elasticsearch {version}, about 100 MB, once")
    command = ["mvn", "-B", "-q", PLUGIN, f"-Dartifact={ARTIFACT}:{version}:zip", f"-DoutputDirectory={file.parent}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS, check=False)
    if done.returncode or not file.exists():
        raise NoServerError(f"Maven did not give Elasticsearch {version}: {done.stdout[-300:]}")
    return file


def _unpack(file: Path, root: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    with zipfile.ZipFile(file) as packed:
        packed.extractall(root)
    for folder in ("bin", "modules"):
        for program in (home / folder).rglob("bin/*" if folder == "modules" else "*"):
            program.chmod(0o755)
    for program in (home / "lib").rglob("*"):
        program.chmod(0o755 if program.is_dir() else 0o644)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
