"""Flags, made from the one table of settings."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from cli import options
from tidegauge.settings import TABLE


def command(*programs: str) -> click.Command:
    """A command that prints what it was given."""

    @click.command()
    @options.flags(*programs)
    def show(**given: str | None) -> None:
        click.echo(sorted((key, value) for key, value in given.items() if value is not None))

    return show


def test_each_setting_of_a_program_is_a_flag_but_no_secret() -> None:
    """Whoever lists processes would read it."""
    flags = {parameter.opts[0] for parameter in command("up", "ingest", "web", "collector").params}
    assert flags == {row.flag for row in TABLE if not row.secret and row.programs != "demo"}
    assert not any("secret" in flag or "token" in flag for flag in flags)


def test_a_program_has_its_own_flags() -> None:
    """Those of others are not there."""
    assert {parameter.opts[0] for parameter in command("demo").params} == {"--config", "--interval-ms"}
    web, ingest = ({parameter.opts[0] for parameter in command(name).params} for name in ("web", "ingest"))
    assert web - ingest == {"--browsers", "--peers", "--state"}


def test_a_flag_comes_through_as_text() -> None:
    """It is parsed with the rest of the settings."""
    result = CliRunner().invoke(command("collector"), ["--interval-ms", "x", "--fleet", "blue"])
    assert result.output == "[('fleet', 'blue'), ('interval_ms', 'x')]\n"


def test_help_names_environment_and_default() -> None:
    """One line a flag."""
    for program, port in (("up", 8050), ("web", 8050), ("ingest", 8051)):
        output = " ".join(CliRunner().invoke(command(program), ["--help"]).output.split())
        assert f"[TIDEGAUGE_BIND, default 127.0.0.1:{port}]" in output


def test_what_cannot_be_read_ends_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and one line that names the setting."""
    with pytest.raises(SystemExit) as caught:
        options.read({"interval_ms": "soon"})
    assert caught.value.code == 2
    assert "TIDEGAUGE_INTERVAL_MS (--interval-ms)" in capsys.readouterr().err
    assert options.read({"fleet": "blue"}).fleet == "blue"
    assert options.read({}, "ingest").bind == "127.0.0.1:8051"
