"""The `tidegauge` command."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import tidegauge
from cli.main import main
from tidegauge.storage.open import open_store


def test_help_lists_what_there_is() -> None:
    """Each command with a sentence."""
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert re.findall(r"^  (\w+)  ", result.output, re.MULTILINE) == [
        "demo",
        "host",
        "ingest",
        "token",
        "up",
        "user",
        "web",
    ]


def test_it_says_its_version() -> None:
    """As the package has it."""
    assert tidegauge.__version__ in CliRunner().invoke(main, ["--version"]).output


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["ingest"], "embedded storage belongs to one process"),
        (["ingest", "--store", "ftp://x"], "TIDEGAUGE_STORE (--store)"),
        (
            ["ingest", "--store", "http://h:9200", "--bind", "0.0.0.0:8051"],
            "`ingest` at 0.0.0.0 needs TIDEGAUGE_SECRET_KEY",
        ),
        (["web", "--peers", "http://h:8051"], "embedded storage belongs to one process"),
        (["web", "--store", "http://h:9200", "--peers", "h:8051"], "TIDEGAUGE_PEERS (--peers)"),
        (
            ["web", "--store", "http://h:9200", "--peers", "http://h", "--bind", "[::]:80"],
            "`web` at [::] needs TIDEGAUGE_SECRET_KEY",
        ),
        (["up", "--bind", "localhost"], "TIDEGAUGE_BIND (--bind)"),
        (["up", "--retention", "0"], "TIDEGAUGE_RETENTION (--retention)"),
        (["demo", "--clock-offset", "soon"], "--clock-offset: 'soon'"),
        (["demo", "--hosts", "0"], "--hosts"),
        (["nothing"], "No such command"),
    ],
)
def test_a_setting_that_cannot_be_is_exit_code_2(arguments: list[str], line: str) -> None:
    """With one line that says which, and nothing is started."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert line in result.output


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real program, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env={
            **os.environ,
            "TIDEGAUGE_STORE": f"embedded:{folder}/var",
            "TIDEGAUGE_STATE": f"{folder}/c",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        yield port


def ends(done: subprocess.CompletedProcess[str], code: int, word: str) -> bool:
    """Whether a program ended with a code and one clear line."""
    lines = done.stderr.strip().splitlines()
    return done.returncode == code and len(lines) == 1 and lines[0].startswith("tidegauge: ") and word in lines[0]


@pytest.mark.processes
def test_an_unknown_setting_is_exit_code_2(tmp_path: Path) -> None:
    """A name that is not in the table is a mistake, not to be passed over."""
    assert ends(run(tmp_path, "up", TIDEGAUGE_STROE="x"), 2, "TIDEGAUGE_STROE")


@pytest.mark.processes
def test_a_taken_port_is_exit_code_3(tmp_path: Path, taken: int) -> None:
    """The line names the port and what to do."""
    done = run(tmp_path, "up", "--bind", f"127.0.0.1:{taken}")
    assert ends(done, 3, f"127.0.0.1:{taken} is taken"), done


@pytest.mark.processes
def test_a_store_that_cannot_be_opened_is_exit_code_4(tmp_path: Path) -> None:
    """Not a folder, not a database, another process's: one line each, with what to do."""
    (tmp_path / "file").write_text("x")
    done = run(tmp_path, "up", "--store", f"embedded:{tmp_path}/file/var", "--bind", "127.0.0.1:28950")
    assert ends(done, 4, "file/var"), done
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "samples.duckdb").write_bytes(b"no database" * 1_000)
    done = run(tmp_path, "up", "--store", f"embedded:{broken}", "--bind", "127.0.0.1:28950")
    assert ends(done, 4, "cannot be read"), done
    store = open_store(f"embedded:{tmp_path}/held", retention_days=3)
    try:
        done = run(tmp_path, "up", "--store", f"embedded:{tmp_path}/held", "--bind", "127.0.0.1:28950")
    finally:
        store.close()
    assert ends(done, 4, f"pid {os.getpid()}"), done


@pytest.mark.processes
def test_a_state_folder_that_cannot_be_written_is_exit_code_5(tmp_path: Path) -> None:
    """`up` has no use without its collector."""
    (tmp_path / "file").write_text("x")
    done = run(tmp_path, "up", "--state", f"{tmp_path}/file/c", "--bind", "127.0.0.1:28950")
    assert ends(done, 5, "state folder"), done
