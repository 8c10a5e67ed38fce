"""What deploy/ holds: a unit without rights, and an image that sees its host; run as they would be."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector.main import main as command
from collector.options import BAD_SETTING
from tests.e2e.bundle import ROOT, entities, environment, host_name, once, words
from tests.e2e.programs import eventually, running
from tidegauge import settings
from tidegauge.settings import TABLE

FOLDER = ROOT / "deploy/collector"
UNIT = FOLDER / "tidegauge-collector.service"
IMAGE = FOLDER / "Dockerfile"
MOST_EXPOSURE = 25
"""Tenths, of systemd-analyze security; a unit that says nothing has 96."""

HIDING = {
    "ProtectHome": ("no", "read-only"),
    "PrivateTmp": ("no",),
    "PrivateNetwork": ("no",),
    "PrivateUsers": ("no",),
    "ProtectProc": ("default",),
    "ProcSubset": ("all",),
    "DynamicUser": ("no",),
}
"""Options that make numbers of the host wrong, and the values that do not."""


def unit() -> dict[str, str]:
    """The [Service] part of the unit."""
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT, encoding="utf-8")
    return dict(parser["Service"])


def named_settings(text: str) -> set[str]:
    """The settings that a file names."""
    return set(re.findall(r"\bTIDEGAUGE_[A-Z_]+", text))


# --- the unit --------------------------------------------------------------------------------------


def test_the_unit_hides_nothing_of_the_host() -> None:
    """Each option that would make a number wrong is left at a value that does not."""
    found = unit()
    assert {name: found.get(name, values[0]) in values for name, values in HIDING.items()} == dict.fromkeys(
        HIDING, True
    )
    assert not {"InaccessiblePaths", "TemporaryFileSystem", "RootDirectory", "RootImage"} & found.keys()


def test_the_unit_gives_no_rights() -> None:
    """A user of its own, no capability, nothing writable but its state, which nobody else reads."""
    found = unit()
    assert found["User"] not in ("", "root", "0")
    assert found["CapabilityBoundingSet"] == found["AmbientCapabilities"] == ""
    assert (found["NoNewPrivileges"], found["ProtectSystem"]) == ("yes", "strict")
    assert found["StateDirectoryMode"] == "0700"
    assert found["Environment"] == f"TIDEGAUGE_STATE=%S/{found['StateDirectory']}"
    assert "ReadWritePaths" not in found


def test_the_unit_starts_and_reloads_what_there_is() -> None:
    """Its command is one of ours; a bad setting, which stays bad, is the one end after which it stays down."""
    found = unit()
    path, *arguments = found["ExecStart"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert Path(path).name in scripts
    assert arguments[0] in command.commands
    assert found["Restart"] == "always"
    assert int(found["RestartPreventExitStatus"]) == BAD_SETTING
    assert "-HUP" in found["ExecReload"]


@pytest.mark.parametrize("file", [UNIT, IMAGE], ids=lambda file: file.name)
def test_what_is_deployed_names_settings_that_there_are(file: Path) -> None:
    """A setting that is not known would stop the collector."""
    known = {row.name for row in TABLE} | {f"{row.name}_FILE" for row in TABLE if row.secret}
    assert named_settings(file.read_text(encoding="utf-8")) <= known


def test_the_file_of_settings_is_one(tmp_path: Path) -> None:
    """As it is, and with everything in it that is commented out; the state folder is the unit's."""
    text = (FOLDER / "collector.toml").read_text(encoding="utf-8")
    whole = re.sub(r"^#(?=[a-z\[])", "", text, flags=re.MULTILINE)
    assert whole.count("\n#") < text.count("\n#")
    for content in (text, whole):
        file = tmp_path / "collector.toml"
        file.write_text(content.replace("/etc/tidegauge/token", str(tmp_path / "token")), encoding="utf-8")
        (tmp_path / "token").write_text("secret")
        told = settings.read({"config": str(file)}, {}, "collector")
        assert told.state == f"/var/lib/{unit()['StateDirectory']}"
    assert (told.labels, told.token, told.fleet) == ((("rack", "7"),), "secret", "web")


def test_the_unit_comes_with_the_package() -> None:
    """What `pip` puts beside the program: the unit and its user, of this version."""
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["data-files"]
    files = [ROOT / file for listed in packed.values() for file in listed]
    assert UNIT in files
    assert all(file.is_file() for file in files)
    users = [file for file in files if file.suffix == ".conf"]
    assert f"u {unit()['User']} " in users[0].read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Every line is understood, and the whole leaves little open."""
    program = unit()["ExecStart"].split()[0]
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8").replace(program, sys.executable), encoding="utf-8")
    environment = {**os.environ, "SYSTEMD_PAGER": ""}
    verified = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, env=environment)
    assert (verified.returncode, verified.stderr) == (0, "")
    scored = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", copy],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert scored.returncode == 0, scored.stdout[-200:]


def test_the_page_of_operations_says_what_status_says() -> None:
    """Each text of `status` that the page explains is one that the collector writes."""
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    table = page[page.index("### What `status` says") :]
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "collector").rglob("*.py"))
    texts = [re.split(" …|:", text)[0] for text in re.findall(r'"([^"]+)"', table)]
    assert len(texts) >= 10
    labels = re.findall(r"`([a-z ]+)`", " ".join(line.split("|")[1] for line in table.splitlines() if "|" in line))
    assert [label for label in labels if f'"  {label} ' not in code] == []
    assert [text for text in texts if text not in code] == []


# --- the image -------------------------------------------------------------------------------------


def test_the_image_has_a_plain_base_and_no_rights() -> None:
    """One public base by its plain name, a user that is not root, a clean end by signal."""
    text = IMAGE.read_text(encoding="utf-8")
    assert re.findall(r"^FROM (.*)$", text, re.MULTILINE) == ["python:3.13-slim"]
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["tidegauge"]
    assert text.index("USER ") < text.index("ENTRYPOINT")
    assert '"python", "-m", "collector"' in text


def test_the_image_is_built_of_what_its_context_holds() -> None:
    """Each thing that is copied is let in, and is there; nothing else is sent to the builder."""
    copied = set(re.findall(r"^COPY (\S+) ", IMAGE.read_text(encoding="utf-8"), re.MULTILINE))
    first, *rest = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert first == "*"
    assert {line.removeprefix("!") for line in rest if line.startswith("!")} == copied
    assert all((ROOT / name).exists() for name in copied)


# --- run as they would be --------------------------------------------------------------------------


WITHOUT_RIGHTS = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs"
IN_A_CONTAINER = """exec unshare --mount --net --uts sh -ec '
mkdir FOLDER/host; mount --rbind / FOLDER/host; hostname container; exec COLLECTOR --host-root FOLDER/host'"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a sandbox: what it sees is NOT TESTED here")


@as_root
@pytest.mark.processes
def test_without_rights_it_sees_what_root_sees(bundle: Path) -> None:
    """A user without capabilities has every entity and every metric of the host that root has."""
    assert entities(once(bundle, within=f"exec {WITHOUT_RIGHTS} COLLECTOR")) == entities(once(bundle))


@as_root
@pytest.mark.processes
def test_in_a_container_it_sees_the_host(bundle: Path, tmp_path: Path) -> None:
    """With a network, a name and mounts of its own, and the host's tree below a folder, it has the host's numbers."""
    seen = once(bundle, within=IN_A_CONTAINER.replace("FOLDER", str(tmp_path)))
    assert entities(seen) == entities(once(bundle))
    if Path("/etc/hostname").exists():
        assert host_name(seen) == Path("/etc/hostname").read_text().strip() != "container"


@as_root
@pytest.mark.processes
def test_identity_and_labels_are_what_it_is_told(bundle: Path, tmp_path: Path) -> None:
    """Without rights it runs, sends and stops in time; the id and the labels that it was given are in the store."""
    state = Path(tempfile.mkdtemp(prefix="tidegauge-state-"))
    os.chown(state, 65534, 65534)
    with running(tmp_path) as up:
        told = environment(
            bundle,
            TIDEGAUGE_INGEST=up.url,
            TIDEGAUGE_STATE=str(state / "own"),
            TIDEGAUGE_HOST_ID="rack-7.web-1",
            TIDEGAUGE_LABELS="rack=7,tier=front",
            TIDEGAUGE_FLEET="shop",
        )
        process = subprocess.Popen([*WITHOUT_RIGHTS.split(), *words("run")], env=told, cwd="/")
        try:
            found = eventually(lambda: up.get("/api/v1/entities", filter="labels.rack=7 kind=host"), 20, "its rows")
        finally:
            process.terminate()
            assert process.wait(3) == 0
    shutil.rmtree(state)
    (entity,) = found
    assert (entity["entity"], entity["host"]) == ("rack-7.web-1", "rack-7.web-1")
    assert (entity["attributes"]["labels.tier"], entity["attributes"]["fleet"]) == ("front", "shop")


def test_an_id_that_no_server_takes_stops_it() -> None:
    """With the exit code of a bad setting, and a line that names it."""
    done = CliRunner().invoke(command, ["run", "--host-id", "a:b"])
    assert done.exit_code == BAD_SETTING
    assert "TIDEGAUGE_HOST_ID" in done.output
