"""`tidegauge host`."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app import retired
from cli.main import main
from tests.e2e.programs import eventually
from tests.rows import record
from tests.site import site
from tidegauge.storage.open import open_documents


def run(folder: Path, *arguments: str) -> Result:
    """`tidegauge host` over an embedded store."""
    return CliRunner().invoke(main, ["host", *arguments], env={"TIDEGAUGE_STORE": f"embedded:{folder}"})


def retired_hosts(folder: Path) -> list[str]:
    """What web nodes read."""
    documents = open_documents(f"embedded:{folder}")
    found = [one.id for one in documents.list(retired.COLLECTION)]
    documents.close()
    return found


def test_a_host_is_retired_listed_and_restored(tmp_path: Path) -> None:
    """Beside an `up` that runs: its documents are open to others, its samples are not."""
    result = run(tmp_path, "retire", "web-1")
    assert (result.exit_code, retired_hosts(tmp_path)) == (0, ["web-1"])
    assert "its history stays at /hosts/web-1" in result.stdout
    assert "one that sends brings the host back" in result.stderr
    listed = run(tmp_path, "list")
    assert listed.stdout == "web-1  retired\n"
    assert "the store of `up` is open in that process alone" in listed.stderr
    assert run(tmp_path, "restore", "web-1").exit_code == 0
    assert retired_hosts(tmp_path) == []


def test_only_a_retired_host_is_restored(tmp_path: Path) -> None:
    """The line says how to find those."""
    result = run(tmp_path, "restore", "web-1")
    assert result.exit_code == 2
    assert "web-1 is not retired; `tidegauge host list` lists those that are" in result.stderr


@pytest.mark.parametrize("command", ["retire", "restore"])
def test_what_is_no_host_is_refused(tmp_path: Path, command: str) -> None:
    """By its form."""
    result = run(tmp_path, command, "../x")
    assert result.exit_code == 2
    assert "'../x' is no id of a host" in result.stderr


@pytest.mark.slow
def test_a_web_node_reads_who_is_retired(tmp_path: Path) -> None:
    """With what else it reads of the documents every few seconds; the rows stay."""
    with site(tmp_path) as made:
        made.post([record([made.clock.wall_ms()], {"gauge": [1.0]})])
        eventually(lambda: len(made.node.presence.verdicts()) == 1, what="the host")
        run(tmp_path, "retire", "h1")
        eventually(lambda: made.node.presence.verdicts() == [], 10, "that it leaves")
        assert [one["entity"] for one in made.json("/api/v1/entities?filter=kind%3Dhost")] == ["h1"]
        run(tmp_path, "restore", "h1")
        eventually(lambda: len(made.node.presence.verdicts()) == 1, 10, "that it is back")
