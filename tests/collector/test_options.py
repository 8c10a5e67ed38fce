"""What the commands of `tidegauge-collector` share."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from collector import options
from collector.options import BAD_SETTING
from tidegauge import settings


@click.command()
@options.flags
def command(**given: str | None) -> None:
    """A command that says one thing it was told."""
    click.echo(options.read(given).fleet)


def test_every_setting_has_its_flag() -> None:
    """The flags are those of the table; a secret has none, as every process may read it."""
    flags = {option for parameter in command.params for option in parameter.opts}
    told = [row for row in settings.TABLE if "collector" in row.programs.split()]
    assert flags == {row.flag for row in told if not row.secret}


def test_read() -> None:
    """What was given comes back parsed."""
    assert CliRunner().invoke(command, ["--fleet", " paris "]).output == "paris\n"


@pytest.mark.parametrize("arguments", [["--interval-ms", "5"], ["--labels", "x"], ["--fleet", "x" * 300]])
def test_what_cannot_be(arguments: list[str]) -> None:
    """One clear line, exit code 2."""
    found = CliRunner().invoke(command, arguments)
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (BAD_SETTING, "", 1)


def test_leave(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """One line that names the program, and the code."""
    with pytest.raises(SystemExit) as caught:
        options.leave(3, f"no {tmp_path}")
    assert (caught.value.code, capsys.readouterr().err) == (3, f"tidegauge-collector: no {tmp_path}\n")
